// `sslx import`: a published checkpoint checked against the backbone that it is for, and written
// anew with the backbone's own names and nothing else, so that the same weights are the same file
// whatever they were wrapped in.
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::train {

/// What `request` asks for: "config" with a backbone and its parameters, "plugins" as a trial's,
/// and a table "import" with "file", "prefix" (null: it is found), "out" (the safetensors file to
/// write) and "report" (a JSON file to write: prefix, channels, tensors, left_out, source_sha256,
/// metadata). Prints what was found. Throws Error(kInput) when the file does not fit.
void import_weights(const nlohmann::json& request);

}  // namespace sslx::train
