// What trials have cost, run by run, for whoever foretells what others will.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/record/database.h"

namespace sslx::record {

/// A completed run that trained from its beginning to its end by itself.
struct MeasuredRun {
  std::string run;
  std::string trial;
  nlohmann::json config;    ///< The trial's, canonical.
  std::string device;       ///< "cpu", "cuda"
  std::string device_name;  ///< The processor's or the GPU's own.
  int64_t threads = 0;
  int64_t steps = 0;
  int64_t train_images = 0;
  int64_t test_images = 0;
  int64_t epochs = 0;
  double images_per_second = 0;  ///< Of the training; 0 for what trains nothing.
  double seconds = 0;            ///< The whole of it.
  std::optional<double> joules;
  std::filesystem::path directory;
};

std::vector<MeasuredRun> measured_runs(Database& database);

}  // namespace sslx::record
