// A batch of one image, left over at the end of an epoch. It has no other image to be compared with
// and batch norm no variance: a training would end there, or look collapsed.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace sslx::data {

/// Throws Error(kInput) when the batches of train.batch_size leave one of `images` images over and
/// train.drop_last keeps it. `train` is the resolved table.
void check_left_over(const nlohmann::json& train, int64_t images);

}  // namespace sslx::data
