// Which earlier run of a trial a new one goes on from. The host checks it and takes its weights
// over (host/trial/stages.h); here it is only found.
#pragma once

#include <filesystem>
#include <vector>

#include "host/sweep/executor.h"

namespace sslx::sweep {

/// Whether the run has finished its training at least, not only left checkpoints of it.
bool has_finished_stage(const std::filesystem::path& directory);

/// The folder whose journal has the most finished stages, and of those the one with the checkpoint
/// of the most steps in the stage after them; the first of equals. Empty when none has any.
std::filesystem::path furthest_run(const std::vector<std::filesystem::path>& directories);

/// The run whose finished stages one of this trial would take over: its own furthest, else one that
/// trained the same weights. Empty when there is none.
std::filesystem::path run_to_take_up(RunRecord& record, const Trial& trial);

/// Nothing goes on from them any more. One that cannot be removed costs space alone.
void remove_checkpoints_of(const std::filesystem::path& run);

}  // namespace sslx::sweep
