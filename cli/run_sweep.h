// A sweep as `sslx sweep` runs it.
#pragma once

#include "cli/context.h"
#include "cli/sweep_options.h"

namespace sslx::cli {

/// Runs what is missing, records it, prints the table; the command's exit code.
int run_sweep(const SweepOptions& options, const Context& context);

}  // namespace sslx::cli
