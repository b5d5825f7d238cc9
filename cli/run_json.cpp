#include <cmath>

#include "cli/run_text.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

/// JSON has no word for what is no number.
json number(double value) { return std::isfinite(value) ? json(value) : json(); }

json results_json(const record::RunDetails& run) {
  json out = json::array();
  for (const record::ResultEntry& result : run.results) {
    out.push_back({{"metric", result.metric},
                   {"value", number(result.value)},
                   {"unit", result.unit},
                   {"protocol_sha256", result.fingerprint},
                   {"protocol", result.protocol},
                   {"journal_line", result.line}});
  }
  return out;
}

json plugins_json(const record::RunDetails& run) {
  json out = json::array();
  for (const record::PluginUse& plugin : run.plugins) {
    out.push_back({{"kind", plugin.kind},
                   {"name", plugin.name},
                   {"version", plugin.version},
                   {"sha256", plugin.sha256},
                   {"compiler", plugin.compiler}});
  }
  return out;
}

json metrics_json(const record::RunDetails& run) {
  json out = json::object();
  for (const record::MetricSummary& metric : run.metrics) {
    out[metric.name] = {
        {"first", number(metric.first)}, {"last", number(metric.last)}, {"values", metric.count}};
  }
  return out;
}

json stages_json(const record::RunDetails& run) {
  json out = json::array();
  for (const record::StageEntry& stage : run.stages) {
    out.push_back({{"stage", stage.name},
                   {"file", stage.file},
                   {"weights_sha256", stage.weights_sha256},
                   {"taken_from", stage.taken_from}});
  }
  return out;
}

json plans_json(const record::RunDetails& run) {
  json out = json::array();
  for (const record::PlanEntry& plan : run.plans) {
    out.push_back({{"sweep", plan.sweep},
                   {"plan", plan.number},
                   {"file", plan.file},
                   {"file_sha256", plan.file_sha256}});
  }
  return out;
}

}  // namespace

json run_json(const record::RunDetails& run, const std::vector<ChainLink>& chain) {
  json out{{"run", run.summary.id},        {"state", run.summary.state},
           {"facts", run.facts},           {"results", results_json(run)},
           {"plugins", plugins_json(run)}, {"training", metrics_json(run)},
           {"stages", stages_json(run)},   {"plans", plans_json(run)},
           {"configuration", run.config},  {"warnings", run.warnings},
           {"chain", json::array()},       {"made_again", nullptr}};
  for (const ChainLink& link : chain) {
    out["chain"].push_back({{"link", link.name}, {"what", link.what}, {"found", link.found}});
  }
  if (run.verdict) {
    out["made_again"] = {{"time", run.verdict->time},
                         {"host", run.verdict->host},
                         {"verdict", run.verdict->verdict},
                         {"message", run.verdict->message}};
  }
  return out;
}

}  // namespace sslx::cli
