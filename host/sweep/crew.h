// How many threads the trials of a sweep run with: what is asked for, or their share of the cores
// that this process may use and that nobody else does. Asking for more is allowed, and told. How
// OpenMP's threads wait is left to it: waiting passively halves the speed of a training that has
// its cores, and beside busy processes gains nothing (tests/reference/threads_rate.sh).
#pragma once

#include <string>
#include <vector>

#include "host/machine/cores.h"
#include "host/machine/load.h"
#include "host/sweep/sweep_file.h"

namespace sslx::sweep {

/// A trial's threads when `free` cores are there for all that run at a time: at least one, and
/// where it is not asked for no more than OMP_NUM_THREADS.
int threads_of(const RunOptions& run, int free);

/// The free ones of `allowed` cores, seen since `watch` was made: waits until it has seen enough.
int idle_cores(const machine::Cores& allowed, const machine::LoadWatch& watch);

/// What there is to say of a sweep that runs with so many threads, as sentences: more than may be
/// used, or fewer since others are busy.
std::vector<std::string> crew_notes(const RunOptions& run, const machine::Cores& allowed, int free);

}  // namespace sslx::sweep
