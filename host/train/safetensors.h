// Tensors on the disk as safetensors: a JSON header and raw bytes, nothing that is ever executed.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>

namespace sslx::train {

/// Parameters and buffers of a module by name, contiguous on the CPU.
std::map<std::string, torch::Tensor> module_state(const torch::nn::Module& module);

/// SHA-256 over names, types, shapes and bytes, in the order of the names: equal only for equal
/// bits.
std::string state_digest(const std::map<std::string, torch::Tensor>& state);

/// Writes the tensors to `file` by way of a temporary name; throws Error(kSystem).
void write_safetensors(const std::map<std::string, torch::Tensor>& state,
                       const std::filesystem::path& file);

}  // namespace sslx::train
