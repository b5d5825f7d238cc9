// One whole trial: data, plugins, training, evaluation, and its journal.
#pragma once

#include <atomic>

#include "host/trial/trial_request.h"

namespace sslx::train {

/// Runs the trial and writes everything to <directory>/journal.jsonl. Returns the host's exit code:
/// 0 completed, 1 failed or diverged, 75 interrupted by `stop`. Bad input before the journal begins
/// is thrown as Error(kInput).
int run_trial(const TrialRequest& request, const std::atomic<bool>& stop);

}  // namespace sslx::train
