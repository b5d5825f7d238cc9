#include "host/sweep/record_link.h"

#include <fstream>
#include <iterator>
#include <map>

#include "host/record/ingest.h"
#include "host/record/runs.h"
#include "host/record/sweeps.h"

namespace sslx::sweep {

namespace {

std::vector<record::PluginUse> plugins_of(const Trial& trial) {
  std::vector<record::PluginUse> out;
  for (const PluginFile& plugin : trial.plugins) {
    out.push_back({plugin.kind, plugin.name, plugin.version, plugin.sha256});
  }
  return out;
}

}  // namespace

DatabaseRecord::DatabaseRecord(record::Database& database, std::string host_sha256)
    : database_(database), host_sha256_(std::move(host_sha256)) {}

bool DatabaseRecord::is_done(const Trial& trial) {
  return record::has_final_run(database_, trial.identity, plugins_of(trial), host_sha256_);
}

std::vector<std::filesystem::path> DatabaseRecord::unfinished(const Trial& trial) {
  const std::vector<std::string> found =
      record::unfinished_runs(database_, trial.identity, plugins_of(trial), host_sha256_);
  return {found.begin(), found.end()};
}

void DatabaseRecord::ingest(const std::filesystem::path& directory) {
  record::ingest_run(database_, directory);
}

void register_plan(record::Database& database, const Plan& plan,
                   const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  record::SweepDefinition sweep{plan.name,     plan.title,
                                file.string(), std::string(std::istreambuf_iterator<char>(in), {}),
                                plan.table,    {}};
  for (const Trial& trial : plan.trials) {
    sweep.trials.push_back({trial.identity, trial.config, trial.seed, trial.variant, trial.axes});
  }
  record::register_sweep(database, sweep);
}

std::vector<std::optional<double>> earlier_seconds(record::Database& database, const Plan& plan) {
  struct Mean {
    double sum = 0;
    double count = 0;
  };
  std::map<std::string, Mean> means;
  for (const record::RunSummary& run : record::list_runs(database, plan.name, "completed")) {
    for (const std::string& key : {run.trial, run.variant + '\n' + run.axes.dump()}) {
      means[key].sum += run.seconds;
      means[key].count += 1;
    }
  }
  std::vector<std::optional<double>> out;
  for (const Trial& trial : plan.trials) {
    auto found = means.find(trial.identity);
    if (found == means.end()) found = means.find(trial.variant + '\n' + trial.axes.dump());
    out.push_back(found == means.end() ? std::nullopt
                                       : std::optional(found->second.sum / found->second.count));
  }
  return out;
}

}  // namespace sslx::sweep
