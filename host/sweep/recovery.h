// What an earlier command left: runs without an end, without a place in the record, or in the
// record without a folder; and what was being written when a process was killed. Every run folder
// is taken in that the record lacks, so that nothing is trained anew whose journal is there, also
// after the database was moved away. Runs of trials that someone works on are left alone.
#pragma once

#include <string>
#include <vector>

#include "host/sweep/claims.h"
#include "host/sweep/executor.h"

namespace sslx::sweep {

struct Recovery {
  size_t ended = 0;                ///< Runs that had no end recorded.
  size_t taken_in = 0;             ///< Runs that the record did not have at all, these among them.
  std::vector<std::string> notes;  ///< What could not be taken in, or was damaged.
};

/// Throws Error(kSystem) when the record cannot be written. What is wrong with one run is a note.
Recovery recover_abandoned(const std::filesystem::path& home, RunRecord& record);

/// The same of the one run that a claim names, whose holder is gone. False when its end could not
/// be recorded: the claim must then stay.
bool recover_claim(const Claim& claim, const std::filesystem::path& home, RunRecord& record,
                   Recovery& recovery);

/// How many run folders hold a run that is not among the known.
size_t count_unrecorded(const std::filesystem::path& home,
                        const std::map<std::string, record::KnownRun>& known);

}  // namespace sslx::sweep
