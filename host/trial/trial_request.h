// What sslx-host is asked to do: one trial, as one JSON object on its standard input. The trial's
// configuration is resolved already (every default filled in); the host checks only what it must
// rely on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/train/execution.h"

namespace sslx::train {

/// One plugin of the trial: the file to load and the digest that it must have.
struct PluginChoice {
  std::string kind;
  std::string name;
  std::filesystem::path file;
  std::string sha256;
};

/// Where the backbone's weights lie, whose SHA-256 the configuration names.
struct WeightsChoice {
  std::filesystem::path file;                            ///< Empty: there are none.
  nlohmann::json provenance = nlohmann::json::object();  ///< Where they are from; recorded.
};

struct TrialRequest {
  std::string run;
  std::filesystem::path directory;  ///< The run's own folder.
  std::filesystem::path data_path;
  std::string data_state;  ///< Of the files when the trial was planned (data_state.h), or empty.
  std::filesystem::path evaluation_path;  ///< The same two of evaluate.data.
  std::string evaluation_state;
  nlohmann::json probe_data = nlohmann::json::object();  ///< "path" and "state" by probes' names.
  nlohmann::json config;
  uint64_t seed = 0;
  std::string training;  ///< Identity of what its training depends on; "" in older requests.
  std::vector<PluginChoice> plugins;
  Execution execution;
  WeightsChoice weights;
  bool anomaly = false;          ///< torch's anomaly mode: `sslx debug`.
  std::filesystem::path resume;  ///< Folder of an earlier run that ended after a stage, or empty.

  /// The plugin of that kind and name; throws Error(kInput) when the request names none.
  const PluginChoice& plugin(const std::string& kind, const std::string& name) const;
};

/// What one of so many processes of a trial is asked: they share its threads, and the one that
/// leads keeps the checkpoints.
TrialRequest share_of(TrialRequest request, int64_t processes, bool leads);

/// Reads a request; throws Error(kInput) naming what is missing or of a wrong type.
TrialRequest read_request(const nlohmann::json& object);
/// The same of its text.
TrialRequest parse_request(const std::string& text);

}  // namespace sslx::train
