// What a host is asked for a run: the trial, where it is, and how it executes.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "host/sweep/devices.h"
#include "host/sweep/executor.h"
#include "host/sweep/trial.h"

namespace sslx::sweep {

struct RunPlace {
  std::string run;
  std::filesystem::path directory;
  std::string sweep;
  std::filesystem::path resume;  ///< The earlier run that it may go on from, or empty.
};

nlohmann::json run_request(const Trial& trial, const RunPlace& place,
                           const ExecutorOptions& options, const TrialDevice& device);

}  // namespace sslx::sweep
