#include "host/record/pivot.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "host/record/layout.h"
#include "host/record/pivot_data.h"
#include "host/record/standing.h"

namespace sslx::record {
namespace {

using nlohmann::json;
using Key = std::vector<std::string>;

std::vector<DataOrigin> data_origins(const json& config, const RunFacts& run) {
  std::vector<DataOrigin> out{{config.at("data"), run.data_path, run.data_state}};
  const json evaluate = config.value("evaluate", json::object());
  if (evaluate.contains("data")) {
    out.push_back({evaluate.at("data"), run.evaluation_data.value("path", ""),
                   run.evaluation_data.value("state", "")});
  }
  const json places = run.evaluation_data.value("probes", json::object());
  for (const json& probe : evaluate.value("probe", json::array())) {
    if (!probe.contains("data")) continue;
    const json place = places.value(probe.at("name").get<std::string>(), json::object());
    out.push_back({probe.at("data"), place.value("path", ""), place.value("state", "")});
  }
  return out;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (!text.empty() && std::ranges::count(list, text) == 0) list.push_back(text);
}

class Pivoter {
 public:
  explicit Pivoter(SweepData data) : data_(std::move(data)), layout_(make_layout(data_)) {}

  Pivot run() {
    out_.name = data_.sweep.name;
    out_.title = data_.sweep.title;
    out_.file = data_.sweep.file;
    out_.command = data_.sweep.command;
    out_.folder = data_.sweep.folder;
    out_.plan = data_.plan;
    out_.other_plans = data_.other_plans;
    if (!data_.shown.provenances.empty()) out_.digests = data_.shown.digests;
    add_builds();
    out_.row_names = layout_.rows;
    out_.column_names = layout_.columns;
    read_style();
    for (const TrialData& trial : data_.trials) place(trial);
    for (const Key& key : column_keys_) {
      for (const std::string& metric : layout_.metrics) add_columns(key, metric);
    }
    for (PivotRow& row : out_.rows) fill(row);
    set_standings(out_);
    const json baseline = data_.sweep.table.value("baseline", json());
    if (baseline.is_object() && !out_.rows.empty()) set_deltas(out_, baseline);
    add_protocols();
    add_unknown();
    add_footnotes();
    add_homes();
    out_.cost = data_.cost;
    out_.made_again = data_.made_again;
    const auto has_build = [](const TrialData& trial) { return !trial.trial.build.empty(); };
    if (std::ranges::none_of(data_.trials, has_build)) out_.claims = judge_claims(data_);
    return std::move(out_);
  }

 private:
  void read_style() {
    const json& table = data_.sweep.table;
    out_.matrix = table.value("style", "") == "matrix" && !layout_.columns.empty();
    out_.average = table.value("average", false);
    out_.tuning = table.value("tuning", "");
    const json published = table.value("published", json());
    if (published.is_object()) out_.published = Published(published);
  }

  void place(const TrialData& trial) {
    const Key row = key_of(trial.trial, layout_.rows);
    const Key column = key_of(trial.trial, layout_.columns);
    if (!cells_.contains({row, {}})) {
      cells_[{row, {}}] = {};
      out_.rows.push_back({row, {}});
    }
    if (std::ranges::count(column_keys_, column) == 0) column_keys_.push_back(column);
    cells_[{row, column}].push_back(&trial);
  }

  /// One column for each protocol under which the metric is known here; one when there is none.
  void add_columns(const Key& key, const std::string& metric) {
    std::vector<std::string> protocols;
    std::string unit = metric == "peak_memory" ? "B" : metric == "seconds" ? "s" : "";
    for (const auto& [at, trials] : cells_) {
      if (at.second != key) continue;
      for (const TrialData* trial : trials) {
        if (!trial->counted) continue;
        for (const ResultValue& result : trial->counted->results) {
          if (result.metric != metric) continue;
          add_once(protocols, result.protocol);
          unit = result.unit;
        }
      }
    }
    const bool ambiguous = protocols.size() > 1;
    std::ranges::sort(protocols);
    if (protocols.empty()) protocols.emplace_back();
    for (const std::string& protocol : protocols) {
      out_.columns.push_back({metric, protocol, ambiguous, unit, key});
    }
  }

  void fill(PivotRow& row) {
    for (const PivotColumn& column : out_.columns) {
      PivotCell cell;
      std::set<std::string> identities;
      std::vector<double> values;
      const auto found = cells_.find({row.key, column.key});
      if (found != cells_.end()) {
        for (const TrialData* trial : found->second) {
          if (!identities.insert(trial->trial.identity).second) continue;
          const std::string state = trial->newest ? trial->newest->summary.state : "missing";
          if (state != "completed") ++cell.states[state];
          if (!trial->counted) continue;
          const auto value = measured(*trial->counted, column.metric, column.protocol);
          if (value) {
            cell.samples.push_back({trial->trial.seed, *value, trial->counted->summary.id,
                                    trial->counted->disturbed, origin_of(*trial)});
          }
        }
      }
      cell.planned = identities.size();
      std::ranges::sort(cell.samples, {}, &Sample::seed);
      for (const Sample& sample : cell.samples) values.push_back(sample.value);
      cell.statistic = summarize(values);
      row.cells.push_back(std::move(cell));
    }
  }

  /// Its place among the origins; runs of the same one share it.
  size_t origin_of(const TrialData& trial) {
    const RunFacts& run = *trial.counted;
    const std::vector<DataOrigin> data = data_origins(trial.trial.config, run);
    std::string key = run.provenance;
    for (const DataOrigin& one : data) key += json{one.config, one.path, one.state}.dump();
    const auto [place, is_new] = origins_.emplace(key, out_.origins.size());
    if (is_new) {
      const Digests& digests = data_.builds.by_provenance.at(run.provenance).digests;
      out_.origins.push_back({digests, data, {}});
    }
    return place->second;
  }

  /// Where there is a choice, or what is asked for is not what ran.
  void add_builds() {
    const std::set<std::string> differing = data_.builds.differing();
    for (const Build& build : data_.builds.builds) {
      out_.builds.push_back({build.fingerprint(), digest_words(build.digests, differing),
                             build.done.size(), data_.builds.planned,
                             build.provenances == data_.shown.provenances});
    }
    if (out_.builds.size() == 1 && out_.builds.front().shown) out_.builds.clear();
  }

  /// A name that no run of these methods knows stands in the table file, or came from another one.
  void add_unknown() {
    if (std::ranges::none_of(data_.trials,
                             [](const TrialData& trial) { return trial.counted.has_value(); })) {
      return;
    }
    for (const json& asked : data_.sweep.table.value("metrics", json::array())) {
      const auto metric = asked.get<std::string>();
      if (!is_measured(metric)) out_.unknown.push_back(metric);
    }
  }

  bool is_measured(const std::string& metric) const {
    return std::ranges::any_of(out_.rows, [&](const PivotRow& row) {
      for (size_t i = 0; i < out_.columns.size(); ++i) {
        if (out_.columns[i].metric == metric && !row.cells[i].samples.empty()) return true;
      }
      return false;
    });
  }

  void add_protocols() {
    for (const PivotColumn& column : out_.columns) {
      const auto same = [&](const ProtocolUse& use) { return use.fingerprint == column.protocol; };
      if (column.protocol.empty() || std::ranges::any_of(out_.protocols, same)) continue;
      out_.protocols.push_back(
          {column.protocol, column.metric, data_.protocols.at(column.protocol)});
    }
  }

  void add_footnotes() {
    std::set<std::string> seen;
    out_.warnings = data_.warnings;
    for (const TrialData& trial : data_.trials) {
      if (!seen.insert(trial.trial.identity + trial.trial.build).second) continue;
      const std::string label =
          trial.trial.build.empty() ? trial.label : trial.label + ", " + trial.trial.build;
      out_.stale += trial.stale;
      if (!trial.ended) out_.missing.push_back(label);
      if (trial.newest && trial.newest->summary.state != "completed") {
        const RunSummary& run = trial.newest->summary;
        out_.notes.push_back({run.id, label, run.state, run.message});
      }
      if (!trial.counted) continue;
      add_once(out_.machines, trial.counted->machine);
      add_once(out_.versions, trial.counted->versions);
    }
  }

  /// Only where the runs that count were made at several homes.
  void add_homes() {
    std::map<std::string, HomeUse> homes;
    std::set<std::string> seen;
    for (const TrialData& trial : data_.trials) {
      if (!trial.counted || !seen.insert(trial.counted->summary.id).second) continue;
      HomeUse& use = homes[trial.counted->home];
      use.home = trial.counted->home;
      use.hosts.insert(trial.counted->host);
      use.seeds.insert(trial.trial.seed);
      ++use.runs;
    }
    if (homes.size() < 2) return;
    for (auto& [home, use] : homes) out_.homes.push_back(std::move(use));
    std::ranges::stable_sort(out_.homes, {}, &HomeUse::seeds);
  }

  SweepData data_;
  Layout layout_;
  Pivot out_;
  std::vector<Key> column_keys_;
  std::map<std::string, size_t> origins_;  ///< By provenance and data.
  std::map<std::pair<Key, Key>, std::vector<const TrialData*>> cells_;
};

}  // namespace

std::set<std::string> Pivot::changed(const PivotCell& cell) const {
  std::set<std::string> out;
  for (const Sample& sample : cell.samples) {
    const std::vector<std::string>& changed = origins.at(sample.origin).changed;
    out.insert(changed.begin(), changed.end());
  }
  return out;
}

PublishedFigure Pivot::published_at(const std::vector<std::string>& row,
                                    const std::vector<std::string>& column) const {
  const auto joined = [](std::vector<std::string> parts, const std::vector<std::string>& more) {
    parts.insert(parts.end(), more.begin(), more.end());
    return parts;
  };
  return published->at(joined(row_names, column_names), joined(row, column));
}

Pivot pivot_sweep(Database& database, const TableRequest& request) {
  return Pivoter(read_sweep_data(database, request)).run();
}

}  // namespace sslx::record
