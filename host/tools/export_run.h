// `sslx export`: the weights and the features of a recorded run, in formats that others read. The
// method is made again from the plugins of the record and takes the recorded weights, so that its
// features are those that the run's probes read.
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::train {

/// What `request` asks for: a run's request.json with a table "export":
///   weights, weights_sha256  the run's file, and the digest that the record has of it
///   facts                    channels, height, width, images, classes, steps: what the run saw
///   out                      the safetensors file to write, or ""
///   part                     "backbone": the encoder that embed() reads, bare names; or "all"
///   prefix                   that encoder's prefix, or "" to find it
///   metadata                 texts for the file's header
///   features, split, labels  .npy files to write, or "", and "train" or "test"
/// Throws Error(kInput) when the weights are not the recorded ones or several encoders are read.
void export_run(const nlohmann::json& request);

}  // namespace sslx::train
