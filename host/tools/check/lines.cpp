#include "host/tools/check/lines.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <cstdio>

#include "host/data/guarded.h"

namespace sslx::check {
namespace {

std::string line_text(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::kPassed:
      return outcome.text.empty() ? "passed" : "passed, " + outcome.text;
    case Outcome::kWrong:
      return "WRONG: " + outcome.text;
    case Outcome::kDoesNotApply:
      return "does not apply: " + outcome.text;
  }
  return "";
}

void begin_line(const std::string& name) {
  fmt::print("  {:<20} ", name);
  std::fflush(stdout);
}

}  // namespace

Outcome passed(std::string text) { return {Outcome::kPassed, std::move(text)}; }
Outcome wrong(std::string text) { return {Outcome::kWrong, std::move(text)}; }
Outcome does_not_apply(std::string text) { return {Outcome::kDoesNotApply, std::move(text)}; }

Outcome unless(std::string reason, std::string text) {
  return reason.empty() ? passed(std::move(text)) : wrong(std::move(reason));
}

bool Lines::check(const std::string& name, const std::function<Outcome()>& look) {
  begin_line(name);
  try {
    return end_line(look());
  } catch (...) {
    return end_line(wrong(data::current_message()));
  }
}

bool Lines::begin(const std::string& name, const std::function<void()>& work) {
  begin_line(name);
  try {
    work();
    return end_line(passed());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput) {
      end_line(does_not_apply("it refuses these images"));
      throw;
    }
    return end_line(wrong(error.what()));
  } catch (...) {
    return end_line(wrong(data::current_message()));
  }
}

bool Lines::end_line(const Outcome& outcome) {
  fmt::print("{}\n", line_text(outcome));
  std::fflush(stdout);
  const bool failed = outcome.kind == Outcome::kWrong;
  failed_ += failed ? 1 : 0;
  ++count_;
  return !failed;
}

int Lines::end(const std::string& subject) const {
  if (failed_ == 0) {
    fmt::print("\n{} passes: nothing was found in {} checks\n", subject, count_);
    return 0;
  }
  fmt::print("\n{}: {} of {} checks found something\n", subject, failed_, count_);
  return 1;
}

}  // namespace sslx::check
