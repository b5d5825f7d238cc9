// Tensors on the disk as safetensors: a JSON header and raw bytes, nothing that is ever executed.
#pragma once

#include <sslx/torch_base.h>

#include <filesystem>
#include <map>
#include <string>

namespace sslx::train {

/// Tensors by name, contiguous on the CPU.
using State = std::map<std::string, torch::Tensor>;

/// The texts of a file's `__metadata__`.
using Metadata = std::map<std::string, std::string>;

struct TensorFile {
  State tensors;
  Metadata metadata;
};

/// Parameters and buffers of a module by name.
State module_state(const torch::nn::Module& module);

/// The tensor's values as they are now: contiguous, on the CPU, in memory of their own.
torch::Tensor copied(const torch::Tensor& tensor);

/// The same of all that module_state() has.
State copied_state(const torch::nn::Module& module);

/// SHA-256 over names, types, shapes and bytes, in the order of the names: equal only for equal
/// bits.
std::string state_digest(const State& state);

/// Writes the tensors to `file` by way of a temporary name, the widest types first, so that each
/// lies aligned. The same tensors and metadata give the same bytes. `durable`: it is on the disk,
/// under its name, when this returns. Throws Error(kSystem), and leaves nothing then.
void write_safetensors(const State& state, const std::filesystem::path& file,
                       const Metadata& metadata = {}, bool durable = false);

/// Reads a whole file. Throws Error(kInput), one sentence that names the file, for anything but a
/// safetensors file whose header describes its bytes exactly (safetensors_header.h).
TensorFile read_safetensors(const std::filesystem::path& file);

}  // namespace sslx::train
