#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "cli/report_cells.h"
#include "cli/run_text.h"
#include "host/record/pivot_data.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using Values = std::map<std::string, std::string>;

/// What of v_runs says where and with what a run ran, besides plugins and sources; the rest differs
/// always, or is its outcome.
const std::set<std::string> kMachine{
    "host",          "device",       "device_name", "cpu_name",      "memory_bytes",
    "threads",       "view_workers", "precision",   "channels_last", "device_memory_bytes",
    "cuda_version",  "compiler",     "host_sha256", "sslx_version",  "libtorch_version",
    "cudnn_version", "environment",  "determinism", "driver_version"};
const std::set<std::string> kSources{"git_commit", "git_dirty"};
const std::set<std::string> kOutcome{"state", "message", "weights_sha256", "unreadable"};

/// "environment OMP_NUM_THREADS" for what is a table itself.
Values chosen(const json& facts, const std::set<std::string>& names) {
  Values out;
  for (const auto& [name, value] : facts.items()) {
    if (!names.contains(name)) continue;
    if (!value.is_object()) {
      out[name] = value.is_null() ? "" : record::shown_value(value);
      continue;
    }
    for (const auto& [key, one] : value.items()) {
      out[fmt::format("{} {}", name, key)] = record::shown_value(one);
    }
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
    const std::string name = plugin.kind + ' ' + plugin.name;
    out[name] = plugin.version + ' ' + plugin.sha256.substr(0, 12);
    out[name + ", compiler"] = plugin.compiler;
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

/// The parts of a `git diff`, by the line that names their file.
Values files_of(const std::optional<std::string>& difference) {
  Values out;
  std::istringstream in(difference.value_or(""));
  std::string* part = nullptr;
  constexpr std::string_view kHead = "diff --git a/";
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kHead)) {
      part = &out[line.substr(kHead.size(), line.find(" b/") - kHead.size())];
    } else if (part != nullptr) {
      *part += line + '\n';
    }
  }
  return out;
}

/// Each file that was changed and not committed, with the digest of how.
Values sources(const record::RunDetails& run, const std::optional<std::string>& difference) {
  Values out = chosen(run.facts, kSources);
  for (const auto& [file, text] : files_of(difference)) {
    const auto lines = std::ranges::count(text, '\n');
    out["uncommitted " + file] =
        fmt::format("{} line{} @{}", lines, lines == 1 ? "" : "s", short_digest(sha256_hex(text)));
  }
  return out;
}

/// "+1 points" between percentages, else the difference itself and its share.
std::string by_how_much(double a, double b, const std::string& unit) {
  if (std::isnan(a) || std::isnan(b)) return "";
  if (unit == "%") return fmt::format(" ({:+.4g} points)", b - a);
  if (a == 0) return fmt::format(" ({:+.4g})", b - a);
  return fmt::format(" ({:+.4g}, {:+.2g} %)", b - a, 100 * (b - a) / std::abs(a));
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

using Results = std::map<std::string, const record::ResultEntry*>;

Results by_label(const record::RunDetails& run) {
  Results out;
  for (const record::ResultEntry& result : run.results) {
    out[result.metric + " @" + short_digest(result.fingerprint)] = &result;
  }
  return out;
}

std::string results(const record::RunDetails& a, const record::RunDetails& b) {
  Values values_a = chosen(a.facts, kOutcome);
  Values values_b = chosen(b.facts, kOutcome);
  const Results all_a = by_label(a);
  const Results all_b = by_label(b);
  const auto shown = [](const record::ResultEntry& result) {
    return fmt::format("{} {}", result.value, result.unit);
  };
  for (const auto& [label, result] : all_a) values_a[label] = shown(*result);
  for (const auto& [label, result] : all_b) {
    values_b[label] = shown(*result);
    const auto other = all_a.find(label);
    if (other == all_a.end() || same(other->second->value, result->value)) continue;
    values_b[label] += by_how_much(other->second->value, result->value, result->unit);
  }
  return differences("results", values_a, values_b);
}

std::string metrics(const std::vector<record::MetricPair>& pairs) {
  std::string out;
  for (const record::MetricPair& pair : pairs) {
    if (same(pair.a, pair.b)) continue;
    out += fmt::format("  {} at step {}: {:.6g} -> {:.6g}{}\n", pair.name, pair.step, pair.a,
                       pair.b, by_how_much(pair.a, pair.b, ""));
  }
  return out.empty() ? "" : "training, at the last step that both have\n" + out;
}

std::string losses(const record::RunComparison& runs) {
  if (!runs.has_losses_a && !runs.has_losses_b) return "";
  if (!runs.has_losses_a || !runs.has_losses_b) {
    return fmt::format("losses: those of {} are not recorded\n",
                       (runs.has_losses_a ? runs.b : runs.a).summary.id);
  }
  const auto& [alike, parting] = runs.losses;
  if (!parting) return fmt::format("losses never part: {} steps alike\n", alike);
  const auto shown = [](float loss) { return fmt::format("{:.9g}", loss); };
  return fmt::format("losses part at step {} of {}: {} -> {} (after {} step{} alike)\n",
                     parting->step, parting->stage, shown(parting->a), shown(parting->b), alike,
                     alike == 1 ? "" : "s");
}

}  // namespace

std::string difference_text(const record::RunComparison& runs) {
  const record::RunDetails& a = runs.a;
  const record::RunDetails& b = runs.b;
  const std::string out =
      differences("configuration", configuration(a), configuration(b)) +
      differences("plugins", plugins(a), plugins(b)) +
      differences("sources", sources(a, runs.difference_a), sources(b, runs.difference_b)) +
      differences("environment", chosen(a.facts, kMachine), chosen(b.facts, kMachine)) +
      results(a, b) + metrics(runs.metrics);
  const std::string head = fmt::format("{} -> {}\n", a.summary.id, b.summary.id);
  return head + (out.empty() ? "nothing differs\n" : out) + losses(runs);
}

}  // namespace sslx::cli
