// `sslx show RUN`: everything that the record has of one run, and the way to the bytes that made
// it.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/run_chain.h"
#include "cli/run_text.h"
#include "host/record/differences.h"
#include "host/record/run_log.h"

namespace sslx::cli {
namespace {

constexpr size_t kLogLines = 60;

struct ShowOptions {
  std::string run;
  bool difference = false;
  bool log = false;
  bool json = false;
};

std::string kept_difference(record::Database& database, const std::string& run) {
  const auto text = record::difference_of(database, run);
  if (text) return *text;
  throw input_error(
      fmt::format("the record has no uncommitted changes of run {}", run),
      "`sslx show` says whether there were any: they are recorded from 0.1.0's schema 3 on, up to "
      "16 MiB");
}

/// The last lines of a text.
std::string tail(const std::string& text) {
  size_t at = text.size();
  for (size_t lines = 0; lines <= kLogLines && at > 0 && at != std::string::npos; ++lines) {
    at = text.rfind('\n', at - 1);
  }
  return at == 0 || at == std::string::npos ? text : text.substr(at + 1);
}

/// Of a run without a result: why it has none, in its own words.
std::string end_of_log(record::Database& database, const record::RunDetails& run) {
  const std::string& state = run.summary.state;
  if (!run.has_log || state == "completed" || state == "collapsed") return "";
  const std::string log = record::log_of(database, run.summary.id);
  const std::string end = tail(log);
  return fmt::format("\n{}\n{}{}", end == log ? "its log" : "the end of its log (all of it: --log)",
                     end, end.ends_with('\n') ? "" : "\n");
}

std::string shown(record::Database& database, const ShowOptions& options, const Context& context) {
  const std::string run = record::find_run(database, options.run);
  if (options.difference) return kept_difference(database, run);
  if (options.log) return record::log_of(database, run);
  const record::RunDetails details = record::run_details(database, run);
  const std::vector<ChainLink> chain = chain_of(details, context);
  if (!options.json) return run_text(details, chain) + end_of_log(database, details);
  return run_json(details, chain).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         '\n';
}

}  // namespace

void add_show(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("show", "Print everything recorded of one run");
  auto options = std::make_shared<ShowOptions>();
  verb->add_option("run", options->run, "The run's id, or its beginning")->required();
  CLI::Option* difference =
      verb->add_flag("--difference", options->difference,
                     "Only what was changed and not committed when its sweep began, as `git apply` "
                     "takes it");
  CLI::Option* log = verb->add_flag("--log", options->log, "Only the end of what it printed");
  verb->add_flag("--json", options->json, "All of it as JSON")->excludes(difference)->excludes(log);
  difference->excludes(log);
  verb->callback([options, &context] {
    const auto opened = open_record(context);
    fmt::print("{}", shown(*opened, *options, context));
  });
}

}  // namespace sslx::cli
