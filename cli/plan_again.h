// A recorded plan, planned again from its sweep file and the options that it was given.
#pragma once

#include <filesystem>
#include <string>

#include "cli/sweep_choice.h"
#include "cli/sweep_options.h"
#include "host/record/sweeps.h"

namespace sslx::cli {

/// What `sslx sweep` was given to make the plan of the sweep `name`. Throws Error(kInput) when its
/// file is not where it was, or has changed since.
SweepOptions plan_again(const std::string& name, const record::PlanSummary& plan);

}  // namespace sslx::cli
