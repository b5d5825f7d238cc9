#include <fmt/format.h>

#include <map>
#include <set>

#include "cli/report_cells.h"
#include "cli/run_text.h"
#include "host/record/pivot_data.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using Values = std::map<std::string, std::string>;

/// What of v_runs says where and with what a run ran, besides plugins; the rest differs always.
const std::set<std::string> kEnvironment{
    "host",         "device",        "device_name",  "threads",    "view_workers",
    "precision",    "channels_last", "sslx_version", "compiler",   "libtorch_version",
    "cuda_version", "git_commit",    "git_dirty",    "host_sha256"};
const std::set<std::string> kOutcome{"state", "message", "weights_sha256", "unreadable"};

Values chosen(const json& facts, const std::set<std::string>& names) {
  Values out;
  for (const auto& [name, value] : facts.items()) {
    if (names.contains(name)) out[name] = value.is_null() ? "" : record::shown_value(value);
  }
  return out;
}

Values configuration(const record::RunDetails& run) {
  Values out{{"seed", std::to_string(run.summary.seed)}};
  const json flat = run.config.flatten();
  for (const auto& [path, value] : flat.items()) {
    out[path.substr(1)] = record::shown_value(value);
  }
  return out;
}

Values plugins(const record::RunDetails& run) {
  Values out;
  for (const record::PluginUse& plugin : run.plugins) {
    out[plugin.kind + ' ' + plugin.name] = plugin.version + ' ' + plugin.sha256.substr(0, 12);
  }
  return out;
}

Values results(const record::RunDetails& run) {
  Values out = chosen(run.facts, kOutcome);
  for (const record::ResultEntry& result : run.results) {
    out[result.metric + " @" + short_digest(result.fingerprint)] =
        fmt::format("{} {}", result.value, result.unit);
  }
  return out;
}

std::string differences(const std::string& title, const Values& a, const Values& b) {
  std::set<std::string> names;
  for (const auto& [name, value] : a) names.insert(name);
  for (const auto& [name, value] : b) names.insert(name);
  const auto shown = [](const Values& values, const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() || found->second.empty() ? std::string("none") : found->second;
  };
  std::string out;
  for (const std::string& name : names) {
    if (shown(a, name) == shown(b, name)) continue;
    out += fmt::format("  {}: {} -> {}\n", name, shown(a, name), shown(b, name));
  }
  return out.empty() ? "" : title + '\n' + out;
}

}  // namespace

std::string difference_text(const record::RunDetails& a, const record::RunDetails& b) {
  const std::string out =
      differences("configuration", configuration(a), configuration(b)) +
      differences("plugins", plugins(a), plugins(b)) +
      differences("environment", chosen(a.facts, kEnvironment), chosen(b.facts, kEnvironment)) +
      differences("results", results(a), results(b));
  const std::string head = fmt::format("{} -> {}\n", a.summary.id, b.summary.id);
  return head + (out.empty() ? "nothing differs\n" : out);
}

}  // namespace sslx::cli
