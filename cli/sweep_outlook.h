// What a sweep has before it: which trials are to be run, from what, and what that may cost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "host/sweep/plan.h"
#include "host/sweep/record_link.h"

namespace sslx::cli {

/// What is known of each trial of a plan before anything runs.
struct Outlook {
  std::vector<bool> done;
  std::vector<bool> trained;  ///< Only the evaluation is to be done.
  std::vector<bool> stale;    ///< Its results are all by other plugins or another host.
  size_t diverged = 0;
  std::vector<std::optional<sweep::EarlierCost>> costs;
};

/// From the record, when there is one; `again`: all trials are to be run, whatever it has.
Outlook outlook(const sweep::Plan& plan, bool again, sweep::Stale stale, const Context& context,
                const std::string& host_sha256);

/// The trials that have not ended, each once.
std::vector<size_t> missing(const sweep::Plan& plan, const Outlook& outlook);

/// How many trials that each had so many threads can run at a time without being slower: no more
/// than there are cores for.
double at_a_time(int jobs, double threads, size_t trials, int cores);

/// "6 of 9 trials to run; training steps: at most 600; time: about 42 s, from earlier runs"
std::string cost_text(const sweep::Plan& plan, const Outlook& outlook, int jobs);

/// A line a trial (done, a result kept that is stale, the rest of it to do, or all), then the cost;
/// to standard output.
void print_plan(const sweep::Plan& plan, const Outlook& outlook, int jobs);

}  // namespace sslx::cli
