#include "cli/sweep_outlook.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/duration.h"
#include "cli/progress.h"
#include "host/machine/cores.h"
#include "host/sweep/finished_stages.h"
#include "host/sweep/record_link.h"

namespace sslx::cli {

Outlook outlook(const sweep::Plan& plan, bool again, sweep::Stale stale, const Context& context,
                const std::string& host_sha256) {
  const std::vector<bool> none(plan.trials.size());
  Outlook out{none, none, none, 0,
              std::vector<std::optional<sweep::EarlierCost>>(plan.trials.size())};
  if (!std::filesystem::exists(context.database())) return out;
  record::Database database(context.database(), record::Access::kRead);
  sweep::DatabaseRecord record(database, host_sha256, stale);
  out.costs = sweep::earlier_costs(database, plan);
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    if (again) continue;
    const std::string state = record.final_state(plan.trials[i]);
    out.done[i] = !state.empty();
    out.stale[i] = record.is_stale(plan.trials[i]);
    out.diverged += state == "diverged" ? 1 : 0;
    out.trained[i] =
        !out.done[i] && sweep::has_finished_stage(sweep::run_to_take_up(record, plan.trials[i]));
  }
  return out;
}

std::vector<size_t> missing(const sweep::Plan& plan, const Outlook& outlook) {
  std::vector<size_t> out = each_once(plan);
  std::erase_if(out, [&](size_t i) { return outlook.done[i]; });
  return out;
}

namespace {

/// ", 2 of them stale (...)"; "" without any. Of trials that are all to be run, or all done.
std::string stale_words(const Outlook& outlook, const std::vector<size_t>& trials,
                        const char* remedy) {
  const auto count =
      std::ranges::count_if(trials, [&](size_t i) { return static_cast<bool>(outlook.stale[i]); });
  if (count == 0) return "";
  return fmt::format(", {} of them stale (made by other plugins or another host){}", count, remedy);
}

/// The trials that have ended, each once.
std::vector<size_t> ended(const sweep::Plan& plan, const Outlook& outlook) {
  std::vector<size_t> out = each_once(plan);
  std::erase_if(out, [&](size_t i) { return !outlook.done[i]; });
  return out;
}

}  // namespace

double at_a_time(int jobs, double threads, size_t trials, int cores) {
  const double room = std::max(1.0, cores / std::max(1.0, threads));
  return std::min({static_cast<double>(jobs), room, std::max(1.0, static_cast<double>(trials))});
}

std::string cost_text(const sweep::Plan& plan, const Outlook& outlook, int jobs) {
  const std::vector<size_t> to_run = missing(plan, outlook);
  const std::string kept =
      stale_words(outlook, ended(plan, outlook), "; --stale rerun makes them again");
  if (to_run.empty() && outlook.diverged > 0) {
    return fmt::format("all {} trials have ended, {} of them diverged; --retry runs them again{}",
                       plan.trials.size(), outlook.diverged, kept);
  }
  if (to_run.empty()) {
    return fmt::format("all {} trials have a result{}", plan.trials.size(), kept);
  }
  std::optional<int64_t> steps = 0;
  std::optional<double> seconds = 0;
  const int cores = machine::allowed_cores().count;
  size_t trained = 0;
  for (const size_t i : to_run) {
    const std::optional<int64_t> trial_steps = plan.trials[i].steps;
    const std::optional<sweep::EarlierCost> cost = outlook.costs[i];
    if (outlook.trained[i]) {
      ++trained;
      continue;
    }
    steps = steps && trial_steps ? std::optional(*steps + *trial_steps) : std::nullopt;
    seconds = seconds && cost
                  ? std::optional(*seconds + cost->seconds / at_a_time(jobs, cost->threads,
                                                                       to_run.size(), cores))
                  : std::nullopt;
  }
  std::string reused =
      trained == 0 ? "" : fmt::format(", {} of them from weights that are trained", trained);
  reused += stale_words(outlook, to_run, "");
  if (trained == to_run.size()) {
    return fmt::format("{} of {} trials to run{}", to_run.size(), plan.trials.size(), reused);
  }
  return fmt::format("{} of {} trials to run{}; training steps: {}; time: {}", to_run.size(),
                     plan.trials.size(), reused,
                     steps ? fmt::format("at most {}", *steps) : "unknown",
                     seconds ? fmt::format("about {}, from earlier runs", duration_text(*seconds))
                             : "unknown, for lack of earlier runs");
}

void print_plan(const sweep::Plan& plan, const Outlook& outlook, int jobs) {
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const sweep::Trial& trial = plan.trials[i];
    const bool stale = outlook.stale[i];
    const char* state = outlook.done[i]      ? (stale ? "kept " : "done ")
                        : stale              ? "stale"
                        : outlook.trained[i] ? "rest "
                                             : "to do";
    fmt::print("{}  {}  {}\n", trial.identity.substr(0, 12), state,
               sweep::trial_label(trial.variant, trial.axes, trial.seed));
  }
  fmt::print("{}\n", cost_text(plan, outlook, jobs));
}

}  // namespace sslx::cli
