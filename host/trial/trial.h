// One whole trial: data, plugins, training, evaluation, and its journal.
#pragma once

#include <atomic>

#include "host/processes/processes.h"
#include "host/trial/trial_request.h"

namespace sslx::train {

/// Runs the trial and writes everything to <directory>/journal.jsonl. Returns the host's exit code:
/// 0 completed, 1 failed or diverged, 75 interrupted by `stop`. Bad input before the journal begins
/// is thrown as Error(kInput). Of several processes the others help with the pretraining, and
/// return after it; the first ends by the signal that has ended one of them before.
int run_trial(const TrialRequest& request, processes::Processes& processes,
              const std::atomic<bool>& stop);

}  // namespace sslx::train
