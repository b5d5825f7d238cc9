#include "host/sweep/journal_tail.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "host/machine/beacon.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

/// The last `bytes` of a file, without a first line that is cut.
std::string tail_of(const std::filesystem::path& file, std::streamoff bytes) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return "";
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return "";
  const std::streamoff size = in.tellg();
  const std::streamoff begin = std::max<std::streamoff>(0, size - bytes);
  in.seekg(begin);
  std::string text(static_cast<size_t>(size - begin), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(0, in.gcount())));
  if (begin == 0) return text;
  const size_t newline = text.find('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

/// The frames of a stack, and what torch writes above them, name no cause.
bool is_of_stack(const std::string& line) {
  return line.starts_with("frame #") || line.starts_with("Exception raised from ");
}

/// The log up to the stacks that sslx-host wrote at its end.
std::string before_stacks(const std::string& log) {
  const size_t at =
      log.starts_with(machine::kStackMark) ? 0 : log.find(fmt::format("\n{}", machine::kStackMark));
  return at == std::string::npos ? log : log.substr(0, at);
}

/// What an exception that nobody caught said of itself, in its first line.
std::string uncaught(const std::string& log) {
  constexpr std::string_view kMark = "\n  what():  ";
  const size_t at = log.rfind(kMark);
  if (at == std::string::npos) return "";
  const size_t begin = at + kMark.size();
  return log.substr(begin, std::min<size_t>(400, log.find('\n', begin) - begin));
}

double number_or_nan(const json& values, const char* name) {
  const auto found = values.find(name);
  return found != values.end() && found->is_number() ? found->get<double>() : std::nan("");
}

int64_t whole_or(const json& object, const char* name, int64_t otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : otherwise;
}

}  // namespace

bool JournalTail::read() {
  std::error_code error;
  if (!std::filesystem::is_regular_file(journal_, error)) return false;
  std::ifstream in(journal_, std::ios::binary);
  if (!in) return false;
  in.seekg(static_cast<std::streamoff>(offset_));
  std::string text(1 << 20, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(0, in.gcount())));
  if (text.empty()) return false;
  offset_ += text.size();
  rest_ += text;
  size_t begin = 0;
  for (size_t end = 0; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    line(rest_.substr(begin, end - begin));
  }
  rest_.erase(0, begin);
  if (rest_.size() > (16U << 20U)) rest_.clear();
  return true;
}

void JournalTail::line(const std::string& text) {
  const json event = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object()) return;
  const json name = event.value("event", json());
  if (name == "started") progress_.started = true;
  if (name == "warning" && event.contains("message") && event["message"].is_string()) {
    progress_.warnings.push_back(event["message"]);
  }
  if (name == "plan") {
    progress_.steps = whole_or(event, "steps", 0);
    progress_.epochs = whole_or(event, "epochs", 0);
  }
  if (name == "resumed") repeated_ = whole_or(event, "step", repeated_);
  // A later stage's metrics have steps of their own.
  const json values = event.value("values", json());
  const bool pretraining = values.is_object() && values.contains("loss");
  if (name == "metric" && pretraining) metric(event);
}

void JournalTail::metric(const json& event) {
  progress_.step = whole_or(event, "step", progress_.step);
  progress_.epoch = whole_or(event, "epoch", progress_.epoch);
  const json values = event.value("values", json::object());
  if (!values.is_object()) return;
  progress_.loss = number_or_nan(values, "loss");
  progress_.images_per_second = number_or_nan(values, "images_per_second");
  const auto now = Clock::now();
  if (progress_.step <= repeated_) return;  // an earlier run's
  if (!first_) first_ = {now, progress_.step};
  const auto done = static_cast<double>(progress_.step - first_->second);
  const double seconds = std::chrono::duration<double>(now - first_->first).count();
  if (done > 0 && progress_.steps > 0) {
    progress_.seconds_left = seconds / done * static_cast<double>(progress_.steps - progress_.step);
  }
}

std::optional<json> finished_event(const std::filesystem::path& journal) {
  std::string text = tail_of(journal, 1 << 16);
  text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n'));
  const size_t before = text.rfind('\n');
  const std::string line = before == std::string::npos ? text : text.substr(before + 1);
  json event = json::parse(line, nullptr, /*allow_exceptions=*/false);
  const bool finished = event.is_object() && event.value("event", json()) == "finished" &&
                        event.contains("state") && event["state"].is_string();
  return finished ? std::optional(std::move(event)) : std::nullopt;
}

std::string last_lines(const std::filesystem::path& log, size_t count) {
  std::string text = tail_of(log, 1 << 16);
  std::ranges::replace_if(
      text, [](unsigned char c) { return c != '\n' && (c < 32 || c > 126); }, '?');
  const std::string cause = uncaught(text);
  if (!cause.empty()) return cause;
  std::vector<std::string> lines;
  std::istringstream in(before_stacks(text));
  for (std::string line; std::getline(in, line);) {
    const bool is_blank = line.find_first_not_of(" ?") == std::string::npos;
    if (!is_blank && !is_of_stack(line)) lines.push_back(line.substr(0, 200));
  }
  std::string out;
  for (size_t i = lines.size() - std::min(count, lines.size()); i < lines.size(); ++i) {
    out += (out.empty() ? "" : " | ") + lines[i];
  }
  return out.substr(0, 400);
}

}  // namespace sslx::sweep
