// Whether a data set's images can be cut into batches: not when one batch is more than all of them,
// nor when one image is left over at the end of an epoch. It has no other image to be compared with
// and batch norm no variance: a training would end there, or look collapsed.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace sslx::data {

/// Steps of an epoch over so many images; 0 when they are less than one step's.
int64_t steps_per_epoch(const nlohmann::json& train, int64_t images);

/// Throws Error(kInput) when `images` images are less than one step's, when the batches leave one
/// over and train.drop_last keeps it, or when a batch is no multiple of train.processes. `train` is
/// the resolved table.
void check_batch(const nlohmann::json& train, int64_t images);

}  // namespace sslx::data
