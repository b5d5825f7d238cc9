// JPEG files that cost as much to decode as photographs do, for benchmarks.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

namespace sslx::train {

/// Draws `count` files of 500 x 375 pixels and about 110 KB into `folder`, the median of ImageNet:
/// a photograph's spectrum (amplitude falls as one over the frequency), chroma at half resolution.
/// Throws Error(kSystem) when they cannot be written.
std::vector<std::filesystem::path> draw_photographs(const std::filesystem::path& folder, int count);

/// `sslx bench photos`: `request` has the folder and the count.
void bench_photos(const nlohmann::json& request);

}  // namespace sslx::train
