// One trial of a sweep, resolved: its canonical configuration with every default filled in, its
// seed, and what it is run with. The identity is the digest of configuration and seed alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/plugins/registry.h"

namespace sslx::sweep {

struct Trial {
  std::string identity;
  std::string variant;
  nlohmann::json axes = nlohmann::json::object();  ///< path -> value
  nlohmann::json config;
  uint64_t seed = 0;
  std::vector<PluginFile> plugins;
  std::filesystem::path data_path;
  std::optional<int64_t> steps;  ///< Where the number of training images is known beforehand.
};

/// SHA-256 of {"config":...,"seed":...}, keys in order, no spaces: independent of how, where and in
/// which order the configuration was written.
std::string trial_identity(const nlohmann::json& config, uint64_t seed);

/// "SimCLR, method.temperature=0.5, seed 0"
std::string trial_label(const std::string& variant, const nlohmann::json& axes, uint64_t seed);

/// What sslx-host is told of the plugins that it may load: kind, name, version, file, SHA-256.
nlohmann::json plugins_json(const std::vector<PluginFile>& plugins);

/// The training steps, when the data set's size is known without reading it.
std::optional<int64_t> training_steps(const nlohmann::json& config);

}  // namespace sslx::sweep
