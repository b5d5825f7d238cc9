#include "host/record/pivot_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "host/record/load.h"
#include "host/record/run_row.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;
using Runs = std::map<std::string, std::vector<RunFacts>>;  // by trial, oldest first

std::string joined(const std::vector<std::string>& parts) {
  std::vector<std::string> present;
  for (const std::string& part : parts) {
    if (!part.empty()) present.push_back(part);
  }
  return fmt::format("{}", fmt::join(present, ", "));
}

/// A column's value between two texts; "" for NULL and for "".
std::string part(SQLite::Statement& row, int column, const char* before, const char* after) {
  const std::string text = row.getColumn(column).getString();
  return text.empty() ? "" : before + text + after;
}

double number(SQLite::Statement& row, int column) {
  return row.getColumn(column).isNull() ? std::nan("") : row.getColumn(column).getDouble();
}

std::string machine_of(SQLite::Statement& row, int at) {
  const std::string layout = row.getColumn(at + 5).getInt() != 0 ? "channels-last" : "";
  return joined({part(row, at, "", ""), part(row, at + 1, "", ""), part(row, at + 2, "", ""),
                 part(row, at + 3, "", " threads"), part(row, at + 4, "", ""), layout});
}

std::string versions_of(SQLite::Statement& row, int at) {
  const std::string dirty = row.getColumn(at + 4).getInt() != 0 ? " with local changes" : "";
  const std::string commit = row.getColumn(at + 3).getString().substr(0, 7);
  return joined({part(row, at, "sslx ", ""), part(row, at + 1, "LibTorch ", ""),
                 part(row, at + 2, "CUDA ", ""), commit.empty() ? "" : "commit " + commit + dirty});
}

const char* const kOfPlan = "IN (SELECT trial FROM plan_trial WHERE plan = ?)";

Runs read_runs(Connection& handle, int64_t plan) {
  SQLite::Statement row(
      handle,
      fmt::format("SELECT {}, r.provenance, r.images_per_second, r.peak_memory_bytes, r.host, "
                  "r.device, r.device_name, r.threads, r.precision, r.channels_last, "
                  "r.sslx_version, r.libtorch_version, r.cuda_version, r.git_commit, r.git_dirty, "
                  "r.data_path, r.data_state, r.home, r.evaluation_data "
                  "FROM run r JOIN trial t ON t.identity = r.trial WHERE r.trial {} "
                  "ORDER BY r.started, r.id",
                  kRunColumns, kOfPlan));
  row.bind(1, plan);
  Runs out;
  while (row.executeStep()) {
    RunFacts run{run_row(row),
                 row.getColumn(13).getString(),
                 number(row, 14),
                 number(row, 15),
                 machine_of(row, 16),
                 versions_of(row, 22),
                 {},
                 {}};
    run.data_path = row.getColumn(27).getString();
    run.data_state = row.getColumn(28).getString();
    run.home = row.getColumn(29).getString();
    run.evaluation_data = nlohmann::json::parse(row.getColumn(30).getString());
    run.host = row.getColumn(16).getString();
    out[run.summary.trial].push_back(std::move(run));
  }
  return out;
}

/// `runs` are a trial's, oldest first.
void choose(TrialData& data, const std::vector<RunFacts>& runs,
            const std::set<std::string>& provenances) {
  for (const RunFacts& run : runs) {
    const bool diverged = run.summary.state == "diverged";
    if (!provenances.contains(run.provenance)) {
      data.stale += run.has_result() ? 1 : 0;
      continue;
    }
    data.newest = run;
    if (!run.has_result() && !diverged) continue;
    data.ended = true;
    data.counted = diverged ? std::nullopt : std::optional(run);
  }
}

/// Each trial once for each build that its configuration ever ran by: its seeds are missing alike.
std::vector<TrialData> side_by_side(const std::vector<TrialData>& trials, const Runs& runs,
                                    const PlanBuilds& builds) {
  std::map<std::string, std::map<std::string, std::string>> provenances;  // config -> start -> one
  const auto config_of = [](const TrialData& data) { return text_of(data.trial.config); };
  for (const TrialData& data : trials) {
    const auto found = runs.find(data.trial.identity);
    if (found == runs.end()) continue;
    for (const RunFacts& run : found->second) {
      const Build& build = builds.by_provenance.at(run.provenance);
      provenances[config_of(data)][build.last_run + run.provenance] = run.provenance;
    }
  }
  const std::set<std::string> differing = builds.differing();
  std::vector<TrialData> out;
  for (const TrialData& data : trials) {
    const auto& ways = provenances[config_of(data)];
    for (auto way = ways.rbegin(); way != ways.rend(); ++way) {
      TrialData one = data;
      one.trial.build = digest_words(builds.by_provenance.at(way->second).digests, differing);
      const auto found = runs.find(data.trial.identity);
      if (found != runs.end()) choose(one, found->second, {way->second});
      one.stale = 0;
      out.push_back(std::move(one));
    }
    if (ways.empty()) out.push_back(data);
  }
  return out;
}

std::string label_of(const PlannedTrial& trial) {
  std::string out = trial.variant;
  for (const auto& [path, value] : trial.axes.items()) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", path, shown_value(value));
  }
  return fmt::format("{}{}seed {}", out, out.empty() ? "" : ", ", trial.seed);
}

/// Hands each row about a counted run to `take`; the run's id is the first column.
template <typename Take>
void each_of_counted(Connection& handle, SweepData& data, const std::string& sql, Take take) {
  std::map<std::string, std::vector<RunFacts*>> counted;
  for (TrialData& trial : data.trials) {
    if (trial.counted) counted[trial.counted->summary.id].push_back(&*trial.counted);
  }
  SQLite::Statement row(handle, sql);
  row.bind(1, data.plan.id);
  while (row.executeStep()) {
    const auto found = counted.find(row.getColumn(0).getString());
    if (found != counted.end()) take(row, found->second);
  }
}

void read_results(Connection& handle, SweepData& data) {
  const std::string sql = fmt::format(
      "SELECT e.run, e.metric, e.protocol, e.value, e.unit, p.json FROM result e "
      "JOIN protocol p ON p.fingerprint = e.protocol JOIN run r ON r.id = e.run "
      "WHERE r.trial {} AND e.value IS NOT NULL ORDER BY e.run, e.line",
      kOfPlan);
  each_of_counted(handle, data, sql, [&](SQLite::Statement& row, auto& runs) {
    const std::string protocol = row.getColumn(2).getString();
    for (RunFacts* run : runs) {
      run->results.push_back({row.getColumn(1).getString(), protocol, row.getColumn(3).getDouble(),
                              row.getColumn(4).getString()});
    }
    if (!data.protocols.contains(protocol)) {
      data.protocols[protocol] = json::parse(row.getColumn(5).getString());
    }
  });
}

void read_warnings(Connection& handle, SweepData& data) {
  const std::string sql = fmt::format(
      "SELECT e.run, json_extract(e.json, '$.message') FROM event e JOIN run r ON r.id = e.run "
      "WHERE e.event = 'warning' AND r.trial {} ORDER BY e.run, e.line",
      kOfPlan);
  each_of_counted(handle, data, sql, [&](SQLite::Statement& row, auto&) {
    const std::string message = row.getColumn(1).getString();
    if (std::ranges::count(data.warnings, message) == 0) data.warnings.push_back(message);
  });
}

bool has_result_of(const RunFacts& run, const std::string& metric) {
  return std::ranges::any_of(run.results,
                             [&](const ResultValue& one) { return one.metric == metric; });
}

/// Only for names that the table asks for and that are no result's: a long run has hundreds of
/// thousands of metric rows, and a name that none has is looked for in all of them.
void read_last_metrics(Connection& handle, SweepData& data) {
  std::set<std::string> names;
  for (const json& name : data.sweep.table.value("metrics", json::array())) {
    if (name.is_string()) names.insert(name.get<std::string>());
  }
  for (const json& claim : data.sweep.table.value("claims", json::array())) {
    names.insert(claim.value("metric", ""));
  }
  for (const std::string& name : names) {
    SQLite::Statement row(handle,
                          "SELECT value FROM metric WHERE run = ? AND name = ? "
                          "ORDER BY line DESC LIMIT 1");
    for (TrialData& trial : data.trials) {
      if (!trial.counted || has_result_of(*trial.counted, name)) continue;
      row.reset();
      bind_all(row, trial.counted->summary.id, name);
      if (row.executeStep()) trial.counted->last[name] = number(row, 0);
    }
  }
}

void read_plan_of(Database& database, const TableRequest& request, SweepData& out) {
  out.plan = find_plan(database, request.sweep, request.plan);
  out.sweep = read_plan(database, request.sweep, out.plan);
  for (const PlanSummary& plan : list_plans(database, request.sweep)) {
    if (plan.id != out.plan.id) out.other_plans.push_back(plan);
  }
  std::set<std::pair<std::string, std::string>> seen;
  for (PlannedTrial& trial : out.sweep.trials) {
    const std::string label = label_of(trial);
    if (!seen.insert({trial.identity, label}).second) continue;
    out.trials.push_back({std::move(trial), label, {}, {}, false, 0});
  }
  out.sweep.trials.clear();
}

Build build_of(const TableRequest& request, const PlanBuilds& builds) {
  if (!request.installed.empty()) return builds.made_by(request.installed);
  if (!request.plugins.empty()) return builds.beginning(request.plugins);
  const Build* newest = builds.newest_complete();
  return newest == nullptr ? Build() : *newest;
}

TableCost cost_of(const Runs& runs) {
  TableCost out;
  for (const auto& [trial, all] : runs) {
    for (const RunFacts& run : all) {
      ++out.runs;
      out.seconds += run.summary.seconds;
      if (run.has_result() || run.summary.state == "diverged") continue;
      ++out.without_result;
      out.lost_seconds += run.summary.seconds;
    }
  }
  return out;
}

void choose_runs(const TableRequest& request, const Runs& runs, SweepData& out) {
  if (request.by_plugin && out.builds.builds.size() > 1) {
    out.trials = side_by_side(out.trials, runs, out.builds);
    return;
  }
  out.shown = build_of(request, out.builds);
  for (TrialData& data : out.trials) {
    const auto found = runs.find(data.trial.identity);
    if (found != runs.end()) choose(data, found->second, out.shown.provenances);
  }
}

}  // namespace

SweepData read_sweep_data(Database& database, const TableRequest& request) {
  SweepData out;
  read_plan_of(database, request, out);
  database.read([&](Connection& handle) {
    out.builds = builds_of_plan(handle, out.plan.id);
    const Runs runs = read_runs(handle, out.plan.id);
    out.cost = cost_of(runs);
    choose_runs(request, runs, out);
    read_results(handle, out);
    read_warnings(handle, out);
    mark_disturbed(handle, out);
    read_last_metrics(handle, out);
    read_made_again(handle, out);
  });
  return out;
}

std::optional<double> measured(const RunFacts& run, const std::string& metric,
                               const std::string& protocol) {
  double value = std::nan("");
  const bool trained = run.images_per_second > 0;
  if (metric == "images_per_second" && trained) value = run.images_per_second;
  if (metric == "peak_memory") value = run.peak_memory_bytes;
  if (metric == "seconds") value = run.summary.seconds + run.summary.earlier_seconds;
  if (metric == "seeds") value = static_cast<double>(run.summary.seed);
  if (protocol.empty()) {
    const auto last = run.last.find(metric);
    if (std::isnan(value) && last != run.last.end()) value = last->second;
  }
  for (const ResultValue& result : run.results) {
    if (result.metric == metric && result.protocol == protocol) value = result.value;
  }
  if (std::isnan(value)) return std::nullopt;
  return value;
}

bool is_same_value(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const auto number = [](const std::string& text) -> std::optional<double> {
    char* end = nullptr;
    const double out = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0') return std::nullopt;
    return out;
  };
  const std::optional<double> value = number(one);
  return value && value == number(other);
}

std::string shown_value(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("name")) return shown_value(value["name"]);
  if (!value.is_array() || value.empty()) return text_of(value);
  std::vector<std::string> parts;
  for (const json& element : value) parts.push_back(shown_value(element));
  return fmt::format("{}", fmt::join(parts, value[0].is_number() ? ", " : "+"));
}

std::optional<std::string> trial_value(const PlannedTrial& trial, const std::string& path) {
  const TrialValues values{trial.variant, trial.seed, trial.axes, trial.config, trial.build};
  return trial_value(values, path);
}

std::optional<std::string> trial_value(const TrialValues& trial, const std::string& path) {
  if (path == "variant") return std::string(trial.variant);
  if (path == "seed") return std::to_string(trial.seed);
  if (path == kBuildPath) return trial.build.empty() ? "-" : std::string(trial.build);
  if (trial.axes.contains(path)) return shown_value(trial.axes[path]);
  const json* at = &trial.config;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    if (at->is_object() && !at->contains(key) && at->contains("parameters")) {
      at = &(*at)["parameters"];
    }
    const bool index = at->is_array() && !key.empty() && key.size() < 6 &&
                       key.find_first_not_of("0123456789") == std::string::npos;
    if (at->is_object() && at->contains(key)) {
      at = &(*at)[key];
    } else if (index && std::stoul(key) < at->size()) {
      at = &(*at)[std::stoul(key)];
    } else {
      return std::nullopt;
    }
    begin = end + 1;
  }
  return shown_value(*at);
}

}  // namespace sslx::record
