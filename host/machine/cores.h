// How many cores this process may use, which is often less than the machine has: its affinity mask
// (taskset, a cpuset, Slurm) and the quota of its control groups bound it. What cannot be read
// bounds nothing, and there is always one. The command and the host ask here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sslx::machine {

struct Cores {
  int count = 1;
  std::string bound;  ///< What allows no more: "its affinity mask", ...
};

/// The processors of the affinity mask, rising; empty when the system does not say.
std::vector<int> affinity();

/// A quota is rounded down, since threads beyond it are halted in the middle of their work, and all
/// others wait for them. `root`: see quota.h.
Cores allowed_cores(const std::filesystem::path& root = "/");

/// Threads of one process when nobody says how many: as many as there are cores, or OMP_NUM_THREADS
/// where that is less.
int usual_threads(const Cores& cores = allowed_cores());

/// Says how many, by OMP_NUM_THREADS: usual_threads() is no more from here on, in this process and
/// in those that it starts. To be called while there is one thread.
void set_usual_threads(int count);

}  // namespace sslx::machine
