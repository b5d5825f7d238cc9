// The digest of the tensors of a safetensors file as state_digest() (safetensors.h) has it of the
// same tensors in memory, without torch: whether a file still holds what the record says of it.
#pragma once

#include <filesystem>
#include <string>

namespace sslx::train {

/// Throws Error(kInput), which names the file, for anything but a whole safetensors file.
std::string safetensors_digest(const std::filesystem::path& file);

}  // namespace sslx::train
