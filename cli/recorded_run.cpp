#include "cli/recorded_run.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>

#include "cli/lost_runs.h"
#include "host/data/path_text.h"
#include "host/record/journal_lines.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// The first line of an event, or an empty object.
json first_event(const std::vector<json>& events, const char* name) {
  const auto found =
      std::ranges::find_if(events, [&](const json& event) { return event.at("event") == name; });
  return found == events.end() ? json::object() : *found;
}

Error gone(const RecordedRun& run, const char* what, const fs::path& file) {
  return input_error(fmt::format("the {} of run {} are gone: there is no {}", what,
                                 run.details.summary.id, file.string()),
                     "`sslx sweep FILE --retry` makes the run again");
}

bool holds(const fs::path& file, const std::string& sha256) {
  std::error_code error;
  return fs::is_regular_file(file, error) && sha256_file(file) == sha256;
}

}  // namespace

RecordedRun find_completed_run(const std::string& prefix, const Context& context) {
  const auto opened = open_record(context);
  record::Database& database = *opened;
  RecordedRun out;
  out.details = run_as_it_is(database, record::find_run(database, prefix), context);
  out.plugin_store = context.plugin_store();
  const record::RunSummary& summary = out.details.summary;
  if (summary.state != "completed" && summary.state != "collapsed") {
    throw input_error(fmt::format("run {} is {}; only a completed run has final weights",
                                  summary.id, summary.state),
                      "`sslx runs --state completed` lists them");
  }
  out.directory = summary.directory;
  if (!fs::is_directory(out.directory)) out.directory = context.runs() / summary.id;
  if (!fs::is_directory(out.directory)) throw gone(out, "files", summary.directory);
  const fs::path weights = out.directory / "weights.safetensors";
  if (!fs::is_regular_file(weights)) throw gone(out, "weights", weights);
  out.request = record::read_object(out.directory / "request.json");
  return out;
}

json seen_data(const RecordedRun& run) {
  const fs::path file = run.directory / "journal.jsonl";
  const std::vector<json> events = record::read_journal(file, {}).events;
  const json data = first_event(events, "started").value("data", json::object());
  const json plan = first_event(events, "plan");
  if (!data.contains("channels") || !plan.contains("steps")) {
    throw gone(run, "first journal lines", file);
  }
  return {{"channels", data.at("channels")}, {"height", data.at("height")},
          {"width", data.at("width")},       {"images", data.at("train")},
          {"classes", data.at("classes")},   {"steps", plan.at("steps")}};
}

void find_plugins(json& request, const PluginRegistry& registry, const RecordedRun& run) {
  for (json& plugin : request.at("plugins")) {
    const auto kind = plugin.at("kind").get<std::string>();
    const auto name = plugin.at("name").get<std::string>();
    const auto sha256 = plugin.at("sha256").get<std::string>();
    if (holds(data::text_path(plugin.at("file").get<std::string>()), sha256)) continue;
    const fs::path copy = fs::absolute(run.plugin_store / (sha256 + ".so"));
    const auto found = std::ranges::find(registry.plugins, sha256, &PluginFile::sha256);
    if (!holds(copy, sha256) && found == registry.plugins.end()) {
      const auto same = [&](const PluginFile& one) { return one.kind == kind && one.name == name; };
      const bool changed = std::ranges::any_of(registry.plugins, same);
      throw Error(ErrorKind::kPlugin,
                  fmt::format("the {} '{}' {} since run {}, and the copy that made it, {}, is gone",
                              kind, name, changed ? "changed" : "was removed",
                              run.details.summary.id, copy.string()),
                  "--prefix takes weights by their names and needs no plugin");
    }
    plugin["file"] = data::path_text(holds(copy, sha256) ? copy : found->file);
  }
}

}  // namespace sslx::cli
