// A run's curves and results as TensorBoard's event files, for those who look there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/record/curves.h"
#include "host/record/runs.h"

namespace sslx::cli {

/// The bytes of an event file (TFRecords of tensorflow.Event): each curve as a scalar of its name,
/// a point a step, all at the time `seconds` (since 1970).
std::string tensorboard_events(const record::Curves& curves, double seconds);

/// Writes DIR/LABEL RUN/events.out.tfevents.SECONDS.sslx of each run that has curves, with its
/// results at its last step as result/NAME; the number of runs written.
size_t write_tensorboard(record::Database& database, const std::vector<record::RunSummary>& runs,
                         const std::filesystem::path& folder);

}  // namespace sslx::cli
