// What a training is between two of its steps, and the file of it: tensors by name, and a JSON text
// in a safetensors file's metadata. A digest over all of it tells a file that is whole from one
// that is torn, cut or flipped anywhere: that one is never read as if nothing were.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "host/weights/safetensors.h"

namespace sslx::train {

struct Snapshot {
  State tensors;         ///< "network.backbone.conv1.weight"; memory of their own.
  nlohmann::json facts;  ///< An object.

  /// Adds tensors under a prefix.
  void put(const std::string& prefix, const State& state);
  /// Those under a prefix, by the rest of their names.
  State under(const std::string& prefix) const;
};

/// Durable when it returns; throws Error(kSystem).
void write_snapshot(const Snapshot& snapshot, const std::filesystem::path& file);

/// Throws Error(kInput), one sentence that names the file, for anything but what was written.
Snapshot read_snapshot(const std::filesystem::path& file);

/// The state of torch's own generators that a training on the device may draw from, by name.
State random_state(torch::Device device);
void set_random_state(torch::Device device, const State& state);

/// That of one generator, uint8 [n]; undefined for none.
torch::Tensor random_state(const torch::Generator& generator);
void set_random_state(torch::Generator generator, const torch::Tensor& state);

}  // namespace sslx::train
