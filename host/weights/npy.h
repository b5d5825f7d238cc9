// NumPy's .npy format, version 1.0: a text header and the raw array in C order.
#pragma once

#include <sslx/torch_base.h>

#include <filesystem>

namespace sslx::train {

/// Writes a float32 or int64 tensor on the CPU, by way of a temporary name; throws Error(kSystem)
/// when the file cannot be written.
void write_npy(const torch::Tensor& tensor, const std::filesystem::path& file);

}  // namespace sslx::train
