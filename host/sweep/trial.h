// One trial of a sweep, resolved: its canonical configuration with every default filled in, its
// seed, and what it is run with. The identity is the digest of configuration and seed alone; that
// of its training leaves out how it is evaluated.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/plugins/registry.h"
#include "host/sweep/weights_store.h"

namespace sslx::sweep {

/// A configuration that many trials share, those of all seeds; it never changes.
class SharedConfig {
 public:
  SharedConfig(nlohmann::json config = nullptr)
      : config_(std::make_shared<const nlohmann::json>(std::move(config))) {}
  operator const nlohmann::json&() const { return *config_; }
  const nlohmann::json& operator[](const char* key) const { return config_->at(key); }
  const nlohmann::json& at(const char* key) const { return config_->at(key); }
  const nlohmann::json& whole() const { return *config_; }

 private:
  std::shared_ptr<const nlohmann::json> config_;
};

struct Trial {
  std::string identity;
  std::string variant;
  nlohmann::json axes = nlohmann::json::object();  ///< path -> value
  SharedConfig config;
  uint64_t seed = 0;
  std::string training;  ///< What its training depends on: record::training_identity().
  std::vector<PluginFile> plugins;
  std::filesystem::path data_path;
  Weights weights;               ///< What the backbone starts from; mostly none.
  std::optional<int64_t> steps;  ///< Where the number of training images is known beforehand.
  std::string data_state = {};   ///< Of its files when it was planned, for the host to compare.
  /// As Resolved has it: where evaluate.data and the data of further probes lie.
  nlohmann::json evaluation_data = nlohmann::json::object();
  /// What is known of its images (foresight.h); null: nothing. All seeds share it.
  std::shared_ptr<const nlohmann::json> images = {};
};

/// SHA-256 of {"config":...,"seed":...}, keys in order, no spaces: independent of how, where and in
/// which order the configuration was written.
std::string trial_identity(const nlohmann::json& config, uint64_t seed);

/// The same of the configuration's canonical text, which all its seeds have in common.
std::string trial_identity_of_text(const std::string& config, uint64_t seed);

/// "SimCLR, method.temperature=0.5, seed 0"
std::string trial_label(const std::string& variant, const nlohmann::json& axes, uint64_t seed);

/// What sslx-host is told of the plugins that it may load: kind, name, version, file, SHA-256.
nlohmann::json plugins_json(const std::vector<PluginFile>& plugins);

/// The same of the file of weights, and where it is from; an empty object without one.
nlohmann::json weights_json(const Weights& weights);

/// What sslx-host is asked to do for a trial, without the folder of a run or how it executes.
nlohmann::json host_request(const Trial& trial);

}  // namespace sslx::sweep
