// Runs that never ran: folders as a trial leaves them, with figures drawn at random, and plans of
// 7 x 7 trials that they belong to. They are there so that the record can be measured at a size
// that nobody wants to train for. Nothing of it is thrown but what the disk and the record throw.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "host/record/sweeps.h"

namespace sslx::cli {

struct SyntheticRun {
  std::string id;       ///< As new_run_id() makes them, in the order of their numbers.
  std::string sweep;    ///< "bench_0000"
  int64_t cell = 0;     ///< Of the matrix, 0 to 48.
  int64_t metrics = 0;  ///< Rows of its training metrics.
};

constexpr int64_t kMatrixCells = 49;

/// The run of that number; each kMatrixCells make a sweep.
SyntheticRun synthetic_run(int64_t number, int64_t metrics);

/// The plan of its sweep: a matrix of two operations.
record::SweepDefinition synthetic_sweep(const SyntheticRun& run);

/// Writes request.json, journal.jsonl and exit.json into runs/<id>, and returns that folder.
std::filesystem::path write_synthetic_run(const SyntheticRun& run,
                                          const std::filesystem::path& runs);

}  // namespace sslx::cli
