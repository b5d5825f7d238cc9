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
  std::vector<std::optional<double>> seconds;
};

/// From the record, when there is one; `again`: all trials are to be run, whatever it has.
Outlook outlook(const sweep::Plan& plan, bool again, sweep::Stale stale, const Context& context,
                const std::string& host_sha256);

/// The trials that have not ended, each once.
std::vector<size_t> missing(const sweep::Plan& plan, const Outlook& outlook);

/// "6 of 9 trials to run; training steps: at most 600; time: about 42 s, from earlier runs"
std::string cost_text(const sweep::Plan& plan, const Outlook& outlook, int jobs);

/// A line a trial (done, a result kept that is stale, the rest of it to do, or all), then the cost;
/// to standard output.
void print_plan(const sweep::Plan& plan, const Outlook& outlook, int jobs);

}  // namespace sslx::cli
