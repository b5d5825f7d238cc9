#include "cli/report_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "cli/claim_text.h"
#include "cli/duration.h"
#include "cli/load_text.h"
#include "cli/published_text.h"
#include "cli/report_cells.h"
#include "cli/shell_line.h"
#include "host/record/pivot_data.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;

constexpr size_t kShownLabels = 4;

/// Operations with their parameters, which a list of names would hide.
std::string value_words(const json& value) {
  if (value.is_array() && !value.empty() && value[0].is_object()) {
    std::vector<std::string> parts;
    for (const json& element : value) parts.push_back(value_words(element));
    return fmt::format("{}", fmt::join(parts, "+"));
  }
  if (!value.is_object() || !value.contains("name")) return record::shown_value(value);
  std::vector<std::string> parameters;
  // Named, since items() refers to it for as long as the loop runs.
  const json given = value.value("parameters", json::object());
  for (const auto& [key, parameter] : given.items()) {
    parameters.push_back(fmt::format("{} {}", key, record::shown_value(parameter)));
  }
  const std::string name = record::shown_value(value);
  return parameters.empty() ? name : fmt::format("{}({})", name, fmt::join(parameters, ", "));
}

using Uses = std::vector<const record::ProtocolUse*>;

/// "k: 200 @1a2b3c4d, 20 @5d6e7f80" for each key in which the protocols differ.
Lines differing_keys(const Uses& uses) {
  std::set<std::string> keys;
  for (const auto* use : uses) {
    for (const auto& [key, value] : use->protocol.items()) keys.insert(key);
  }
  Lines out;
  for (const std::string& key : keys) {
    std::set<json> distinct;
    Lines values;
    for (const auto* use : uses) {
      const bool has = use->protocol.contains(key);
      distinct.insert(has ? use->protocol[key] : json());
      values.push_back(fmt::format("{} @{}", has ? value_words(use->protocol[key]) : "none",
                                   short_digest(use->fingerprint)));
    }
    if (distinct.size() > 1) out.push_back(fmt::format("{}: {}", key, fmt::join(values, ", ")));
  }
  return out;
}

/// For each metric with several protocols, what differs.
void add_differences(const record::Pivot& pivot, Lines& out) {
  std::map<std::string, Uses> by_metric;
  for (const auto& use : pivot.protocols) by_metric[use.metric].push_back(&use);
  for (const auto& [metric, uses] : by_metric) {
    if (uses.size() < 2) continue;
    out.push_back(fmt::format("{} was measured under {} protocols, which are not comparable; {}",
                              metric, uses.size(), fmt::join(differing_keys(uses), "; ")));
  }
}

void add_run_notes(const record::Pivot& pivot, Lines& out) {
  for (const record::RunNote& note : pivot.notes) {
    out.push_back(fmt::format("{}: {} ({}){}{}", note.state, note.label, note.run,
                              note.message.empty() ? "" : ": ", note.message));
  }
}

/// What makes the table's runs.
std::string command_of(const record::Pivot& pivot) {
  if (!pivot.command.empty()) return line_from(pivot.folder, pivot.command);
  return fmt::format("sslx sweep {}", pivot.file.empty() ? pivot.name : shell_word(pivot.file));
}

void add_missing(const record::Pivot& pivot, Lines& out) {
  if (pivot.missing.empty()) return;
  Lines shown(pivot.missing.begin(),
              pivot.missing.begin() +
                  static_cast<std::ptrdiff_t>(std::min(kShownLabels, pivot.missing.size())));
  const size_t hidden = pivot.missing.size() - shown.size();
  out.push_back(fmt::format("missing: {} trial{} ({}{}); `{}` goes on", pivot.missing.size(),
                            pivot.missing.size() == 1 ? "" : "s", fmt::join(shown, "; "),
                            hidden == 0 ? "" : fmt::format("; and {} more", hidden),
                            command_of(pivot)));
}

/// "tiny.toml @1a2b3c4d, --set method.temperature=0.1"
std::string plan_words(const record::PlanSummary& plan) {
  std::string out = fmt::format("{} @{}", plan.file, short_digest(plan.digest));
  for (size_t i = 0; i < plan.options.size(); ++i) {
    out += (i % 2 == 0 ? ", " : " ") + plan.options[i];
  }
  return out;
}

void add_plans(const record::Pivot& pivot, Lines& out) {
  const size_t count = pivot.other_plans.size() + 1;
  out.push_back(count == 1 ? "plan: " + plan_words(pivot.plan)
                           : fmt::format("plan {} of {} under this name: {}", pivot.plan.number,
                                         count, plan_words(pivot.plan)));
  if (pivot.missing.empty() && !pivot.command.empty()) {
    out.back() += fmt::format("; `{}` makes it again", command_of(pivot));
  }
  for (size_t i = 0; i < std::min(kShownLabels, pivot.other_plans.size()); ++i) {
    const record::PlanSummary& plan = pivot.other_plans[i];
    out.push_back(fmt::format("another plan: {} ({}); `sslx report {} --plan {}` prints it",
                              plan.number, plan_words(plan), pivot.name, plan.number));
  }
}

void add_builds(const record::Pivot& pivot, Lines& out) {
  if (pivot.builds.empty()) return;
  const auto words = [](const record::BuildUse& build) {
    return fmt::format("{} ({}; {} of {} trials)", short_digest(build.fingerprint), build.words,
                       build.done, build.planned);
  };
  Lines others;
  std::string shown;
  for (const record::BuildUse& build : pivot.builds) {
    if (build.shown) {
      shown = words(build);
    } else {
      others.push_back(words(build));
    }
  }
  if (shown.empty() && !pivot.digests.empty()) shown = "the installed ones";
  if (shown.empty()) shown = pivot.row_names.back() == record::kBuildPath ? "all" : "none of them";
  out.push_back(
      fmt::format("runs of several sets of plugins or hosts are recorded, and never "
                  "averaged; shown: {}{}{}; `sslx report {} --plugins DIGEST` chooses, "
                  "--by plugin sets them side by side",
                  shown, others.empty() ? "" : "; others: ", fmt::join(others, ", "), pivot.name));
}

/// What the mark in the cells means.
void add_stale(const record::Pivot& pivot, Lines& out) {
  std::set<std::string> runs;
  std::set<std::string> stale;
  std::set<std::string> changed;
  for (const record::PivotRow& row : pivot.rows) {
    for (const record::PivotCell& cell : row.cells) {
      for (const record::Sample& sample : cell.samples) {
        runs.insert(sample.run);
        const auto& words = pivot.origins.at(sample.origin).changed;
        if (!words.empty()) stale.insert(sample.run);
        changed.insert(words.begin(), words.end());
      }
    }
  }
  if (stale.empty()) return;
  out.push_back(fmt::format("{} stale: {} of {} run{} made by what has changed since: {}",
                            kStaleMark, stale.size(), runs.size(),
                            runs.size() == 1 ? " was" : "s were", fmt::join(changed, ", ")));
}

/// "seeds 0, 1 on box (home 1a2b3c4d, 4 runs)" of each.
void add_homes(const record::Pivot& pivot, Lines& out) {
  Lines words;
  for (const record::HomeUse& use : pivot.homes) {
    words.push_back(fmt::format("seed{} {} on {} (home {}, {} run{})",
                                use.seeds.size() == 1 ? "" : "s", fmt::join(use.seeds, ", "),
                                fmt::join(use.hosts, ", "),
                                use.home.empty() ? "not recorded" : short_digest(use.home),
                                use.runs, use.runs == 1 ? "" : "s"));
  }
  if (words.empty()) return;
  out.push_back(fmt::format("the runs of this table were made at {} homes and merged: {}",
                            words.size(), fmt::join(words, "; ")));
}

/// How far the test images alone leave the table's best figure open: the half-width of the 95 %
/// interval of a share of so many.
void add_test_set(const record::Pivot& pivot, Lines& out) {
  const record::PivotColumn* best = nullptr;
  double mean = 0;
  for (const record::PivotRow& row : pivot.rows) {
    for (size_t i = 0; i < pivot.columns.size(); ++i) {
      const record::Statistic& statistic = row.cells[i].statistic;
      if (!pivot.columns[i].metric.ends_with("top1") || statistic.n == 0) continue;
      if (statistic.mean <= mean) continue;
      mean = statistic.mean;
      best = &pivot.columns[i];
    }
  }
  if (best == nullptr) return;
  const auto protocol =
      std::ranges::find(pivot.protocols, best->protocol, &record::ProtocolUse::fingerprint);
  if (protocol == pivot.protocols.end()) return;
  const auto images = protocol->protocol.value("test_images", int64_t{0});
  if (images == 0) return;
  const double half = 1.96 * std::sqrt(mean * (100 - mean) / static_cast<double>(images));
  out.push_back(fmt::format(
      "the test set's own 95 % half-width at the best figure ({:.1f}, {}): {:.2f}, of {} images",
      mean, best->metric, half, images));
}

/// What was run for the table, and whether it comes out the same twice.
void add_cost(const record::Pivot& pivot, Lines& out) {
  const record::TableCost& cost = pivot.cost;
  if (cost.runs == 0) return;
  const std::string lost = cost.without_result == 0
                               ? ""
                               : fmt::format(", {} of them in {} without a result",
                                             duration_text(cost.lost_seconds), cost.without_result);
  out.push_back(fmt::format("cost: {} of {} run{}, one after the other{}",
                            duration_text(cost.seconds), cost.runs, cost.runs == 1 ? "" : "s",
                            lost));
  Lines again;
  for (const auto& [verdict, count] : pivot.made_again) {
    again.push_back(fmt::format("{} of {}", verdict, count));
  }
  if (!again.empty()) {
    out.push_back(fmt::format("made again with the same seed: {}", fmt::join(again, ", ")));
  }
}

bool has_interval(const record::Pivot& pivot) {
  return std::ranges::any_of(pivot.rows, [](const record::PivotRow& row) {
    return std::ranges::any_of(
        row.cells, [](const record::PivotCell& cell) { return cell.samples.size() > 1; });
  });
}

}  // namespace

std::string protocol_words(const json& protocol) {
  Lines words;
  for (const auto& [key, value] : protocol.items()) {
    words.push_back(fmt::format("{} {}", key, value_words(value)));
  }
  const auto probe = std::ranges::find_if(
      words, [](const std::string& word) { return word.starts_with("probe "); });
  if (probe != words.end()) std::rotate(words.begin(), probe, probe + 1);
  return fmt::format("{}", fmt::join(words, ", "));
}

std::vector<std::string> claim_notes(const record::Pivot& pivot) {
  Lines out;
  for (const record::ClaimVerdict& claim : pivot.claims) out.push_back(claim_sentence(claim));
  if (!pivot.claims.empty()) out.push_back(claim_legend());
  return out;
}

std::vector<std::string> report_notes(const record::Pivot& pivot) {
  Lines out;
  if (has_interval(pivot) && !pivot.matrix) {
    out.emplace_back("mean ± half-width of the 95 % interval over seeds (Student's t)");
  }
  for (const std::string& note : claim_notes(pivot)) out.push_back(note);
  for (const record::ProtocolUse& use : pivot.protocols) {
    out.push_back(fmt::format("{} @{}: {}", use.metric, short_digest(use.fingerprint),
                              protocol_words(use.protocol)));
  }
  add_differences(pivot, out);
  for (const std::string& note : published_notes(pivot)) out.push_back(note);
  if (!pivot.tuning.empty()) out.push_back("settings: " + pivot.tuning);
  add_run_notes(pivot, out);
  if (const std::string note = disturbed_note(pivot); !note.empty()) out.push_back(note);
  for (const std::string& warning : pivot.warnings) out.push_back("warning: " + warning);
  if (pivot.stale > 0) {
    out.push_back(fmt::format("stale: {} run{} of other plugins or another host, not counted",
                              pivot.stale, pivot.stale == 1 ? "" : "s"));
  }
  add_builds(pivot, out);
  add_stale(pivot, out);
  out.insert(out.end(), pivot.changes.begin(), pivot.changes.end());
  for (const std::string& metric : pivot.unknown) {
    out.push_back(fmt::format("no run of this table has the figure '{}'", metric));
  }
  add_missing(pivot, out);
  add_plans(pivot, out);
  add_homes(pivot, out);
  add_test_set(pivot, out);
  add_cost(pivot, out);
  for (const std::string& machine : pivot.machines) out.push_back("machine: " + machine);
  for (const std::string& versions : pivot.versions) out.push_back("versions: " + versions);
  return out;
}

}  // namespace sslx::cli
