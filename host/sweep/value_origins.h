// A trial's whole configuration, key by key as a sweep file writes them, each with where its value
// comes from: a line of the file and which layer that is, an axis, a --set, or the default.
#pragma once

#include <string>
#include <vector>

#include "host/sweep/sweep_file.h"
#include "host/sweep/trial.h"

namespace sslx::sweep {

struct ValueOrigin {
  std::string path;    ///< "method.temperature"
  std::string value;   ///< As JSON, which of these values is TOML too.
  std::string origin;  ///< "demo.toml:12 (variant 'A')", "--set train.lr=1", "default"
};

/// Of a trial that was planned from this file.
std::vector<ValueOrigin> value_origins(const SweepFile& sweep, const Trial& trial);

}  // namespace sslx::sweep
