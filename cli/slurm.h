// `sslx sweep FILE --slurm`: the sweep as one job array of Slurm. Each task is an `sslx sweep` with
// a record of its own on its node, whose runs lie in the folder that all share: they claim trials
// from one another there. Before the time limit a task is told to leave a checkpoint, and queues
// itself again.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

#include "cli/sweep_options.h"

namespace sslx::cli {

void add_slurm_options(CLI::App& verb, SlurmOptions& options);

/// The options, and where they are silent ~/.config/sslx/slurm.toml (below $XDG_CONFIG_HOME where
/// that is set), which has the same names. Throws Error(kInput) for a file that has others.
SlurmOptions with_file(const SlurmOptions& options);

/// The batch script. `words` are those of the sweep that a task runs, its file by a whole path;
/// `command` is the sslx that runs it.
std::string slurm_script(const SlurmOptions& options, const std::string& name,
                         const std::filesystem::path& home, const std::string& command,
                         const std::vector<std::string>& words);

/// Writes the script below runs/slurm/ and submits it; returns the job's number. Throws
/// Error(kInput) without `sbatch`, Error(kSystem) with what it says when it refuses.
std::string submit(const std::string& script, const std::string& name,
                   const std::filesystem::path& runs);

}  // namespace sslx::cli
