// Follows a sweep whose trials others run, a cluster's tasks for the most part: takes in what they
// end, shows how far they are, and starts nothing; on a machine that helps the first of several, it
// joins what that one begins (follow.h). It is over when every trial has a result, or
// ended without one and nobody has it any more.
#pragma once

#include "host/sweep/executor.h"

namespace sslx::sweep {

/// `interrupts` counts the signals that asked to stop; then the rest counts as unstarted.
Summary watch(const Plan& plan, const ExecutorOptions& options, RunRecord& record,
              Observer& observer, const std::atomic<int>& interrupts);

}  // namespace sslx::sweep
