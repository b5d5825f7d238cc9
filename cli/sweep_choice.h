// A sweep that a verb reads without running it: which file, and how it is changed.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "host/sweep/plan.h"

namespace sslx::cli {

struct SweepChoice {
  std::string sweep;
  std::string scale;
  std::vector<std::string> settings;
  std::string seeds = "";  ///< As --seeds has them; "": the file's.
};

/// SWEEP, --set and --scale. SWEEP is required unless `choice` has one already.
void add_sweep_choice(CLI::App& verb, SweepChoice& choice);

/// The sweep's trials; its notes (a data set that stands in for another) are printed. Throws
/// Error(kInput) as reading and planning a sweep do.
sweep::Plan plan_of(const SweepChoice& choice, const Context& context);
/// The same of data that `data` knows.
sweep::Plan plan_of(const SweepChoice& choice, const Context& context, sweep::DataLookup& data);

/// The trials that have `wanted` in their label, or whose identity begins so (8 digits or more);
/// all for "". Throws Error(kInput) when there is none.
std::vector<sweep::Trial> trials_named(const sweep::Plan& plan, const std::string& wanted);

}  // namespace sslx::cli
