// The bytes of plugins and weights that a sweep runs with, kept below its home: a rebuild in the
// middle of it changes nothing that runs.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "host/sweep/trial.h"

namespace sslx::sweep {

class StoredFiles {
 public:
  explicit StoredFiles(std::filesystem::path home) : home_(std::move(home)) {}

  /// The trial with its files kept, each once, and named where they are. Throws as store_plugin()
  /// and WeightsStore::keep() do, for a file that is another one by now.
  Trial kept(Trial trial);

 private:
  std::filesystem::path home_;
  std::map<std::string, std::filesystem::path> files_;  ///< By their digests.
};

}  // namespace sslx::sweep
