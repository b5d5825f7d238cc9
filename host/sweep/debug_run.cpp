#include "host/sweep/debug_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include "host/record/journal_lines.h"
#include "host/sweep/fresh_run.h"
#include "host/sweep/journal_tail.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string quoted(const fs::path& file) {
  std::string out = "'";
  for (const char c : file.string()) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// gdb's own words, which it takes one after the other; the shell that it starts reads the request.
std::vector<std::string> gdb_command(const fs::path& host, const fs::path& request, bool terminal) {
  std::vector<std::string> out{"gdb", "-q"};
  if (!terminal) out.emplace_back("-batch");
  for (const std::string& word :
       {std::string("set breakpoint pending on"), std::string("handle SIGTERM nostop pass"),
        fmt::format("set args < {}", quoted(request)), std::string("run"),
        std::string(terminal ? "" : "backtrace")}) {
    if (!word.empty()) out.insert(out.end(), {"-ex", word});
  }
  out.insert(out.end(), {"--args", host.string()});
  return out;
}

DebugEnd end_of(const Exit& exit, const fs::path& folder) {
  const auto finished = finished_event(folder / "journal.jsonl");
  if (!finished) {
    return {exit.signal != 0 ? fmt::format("crashed: {} ended it", signal_name(exit.signal))
                             : fmt::format("ended with exit code {} and no result", exit.code),
            1};
  }
  const auto state = finished->at("state").get<std::string>();
  const std::string message = record::text_or(*finished, "message");
  const bool result = state == "completed" || state == "collapsed";
  return {state + (message.empty() ? "" : ": " + message), result ? 0 : 1};
}

}  // namespace

DebugEnd debug_run(record::Database& database, const std::string& run,
                   const PluginRegistry& registry, const ReproduceOptions& place,
                   const DebugOptions& options) {
  RecordedRequest recorded = recorded_request(database, run, registry, place);
  if (!recorded.missing.empty()) {
    throw input_error(
        fmt::format("run {} cannot be made again: {}", run, fmt::join(recorded.missing, "; ")));
  }
  recorded.request["anomaly"] = options.anomaly;
  recorded.request["execution"]["checkpoint"] = 0;
  const std::string id = new_run_id();
  const FreshFolder folder(place.home, place.keep, id);
  const fs::path request = write_request(recorded, id, folder, place.host);
  const std::string mark = mark_of(folder.path().parent_path(), id);
  if (!options.gdb) {
    return end_of(run_in_foreground({place.host.string()}, request, mark), folder.path());
  }
  if (output_of({"gdb", "--version"}).empty()) {
    throw input_error("gdb is not installed", "Debian's package is called gdb");
  }
  const Exit exit = run_in_foreground(gdb_command(place.host, request, options.terminal),
                                      options.terminal ? fs::path() : fs::path("/dev/null"), mark);
  if (exit.signal != 0 || exit.code != 0) {
    return {fmt::format("gdb ended with exit code {}", exit.code), 1};
  }
  return end_of(exit, folder.path());
}

}  // namespace sslx::sweep
