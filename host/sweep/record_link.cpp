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

DatabaseRecord::DatabaseRecord(record::Database& database, std::string host_sha256, Stale stale)
    : database_(database), host_sha256_(std::move(host_sha256)), stale_(stale) {}

std::string DatabaseRecord::final_state(const Trial& trial) {
  std::string own = record::final_state(database_, trial.identity, plugins_of(trial), host_sha256_);
  if (!own.empty() || stale_ == Stale::kRerun) return own;
  return record::final_state_by_any(database_, trial.identity);
}

bool DatabaseRecord::is_stale(const Trial& trial) {
  return record::final_state(database_, trial.identity, plugins_of(trial), host_sha256_).empty() &&
         !record::final_state_by_any(database_, trial.identity).empty();
}

bool DatabaseRecord::is_done(const Trial& trial) { return !final_state(trial).empty(); }

std::vector<std::filesystem::path> DatabaseRecord::earlier(const Trial& trial, bool same_trial) {
  std::vector<std::filesystem::path> out;
  for (const record::EarlierRun& run : record::earlier_runs(
           database_, trial.identity, trial.training, plugins_of(trial), host_sha256_)) {
    if (run.same_trial == same_trial) out.emplace_back(run.directory);
  }
  return out;
}

std::vector<std::filesystem::path> DatabaseRecord::unfinished(const Trial& trial) {
  return earlier(trial, true);
}

std::vector<std::filesystem::path> DatabaseRecord::trained_alike(const Trial& trial) {
  return earlier(trial, false);
}

std::string DatabaseRecord::ingest(const std::filesystem::path& directory) {
  const std::string state = record::ingest_run(database_, directory);
  const bool trusted = state == "running" || state == "completed" || state == "collapsed";
  return trusted ? "" : record::journal_damage(directory);
}

std::map<std::string, record::KnownRun> DatabaseRecord::known() {
  return record::known_runs(database_);
}

void DatabaseRecord::end(const std::string& run, const Outcome& outcome) {
  record::mark_run(database_, run, outcome.state, outcome.message);
}

void DatabaseRecord::wait_at_most(std::chrono::milliseconds patience) {
  database_.wait_at_most(static_cast<int>(patience.count()));
}

bool DatabaseRecord::is_gone() { return database_.was_moved(); }

record::Registered register_plan(record::Database& database, const Plan& plan,
                                 const PlanOrigin& origin) {
  std::ifstream in(origin.file, std::ios::binary);
  record::SweepDefinition sweep{plan.name,
                                plan.title,
                                origin.file.string(),
                                std::string(std::istreambuf_iterator<char>(in), {}),
                                plan.table,
                                {},
                                origin.options,
                                origin.command,
                                origin.folder};
  for (const Trial& trial : plan.trials) {
    sweep.trials.push_back(
        {trial.identity, trial.config.whole(), trial.seed, trial.variant, trial.axes, ""});
  }
  return record::register_sweep(database, sweep);
}

record::Digests installed_digests(const Plan& plan, const std::string& host_sha256) {
  record::Digests out{{"host", host_sha256}};
  for (const Trial& trial : plan.trials) {
    for (const PluginFile& plugin : trial.plugins) {
      out[plugin.kind + ' ' + plugin.name] = plugin.sha256;
    }
  }
  return out;
}

std::vector<std::optional<EarlierCost>> earlier_costs(record::Database& database,
                                                      const Plan& plan) {
  struct Sum {
    double seconds = 0;
    double threads = 0;
    double count = 0;
  };
  const std::map<std::string, int> threads = record::threads_of_runs(database);
  std::map<std::string, Sum> sums;
  for (const record::RunSummary& run : record::list_runs(database, plan.name, "completed")) {
    for (const std::string& key : {run.trial, run.variant + '\n' + run.axes.dump()}) {
      sums[key].seconds += run.seconds + run.earlier_seconds;
      sums[key].threads += threads.contains(run.id) ? threads.at(run.id) : 1;
      sums[key].count += 1;
    }
  }
  std::vector<std::optional<EarlierCost>> out;
  for (const Trial& trial : plan.trials) {
    auto found = sums.find(trial.identity);
    if (found == sums.end()) found = sums.find(trial.variant + '\n' + trial.axes.dump());
    if (found == sums.end()) {
      out.emplace_back();
      continue;
    }
    const Sum& sum = found->second;
    out.push_back(EarlierCost{sum.seconds / sum.count, sum.threads / sum.count});
  }
  return out;
}

}  // namespace sslx::sweep
