// Makes the folders of runs smaller: files that only speed up what may come, never a journal or
// anything else that the record or its reports are made of. Nothing is removed of a run that may be
// gone on with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "host/record/database.h"

namespace sslx::record {

struct Thinning {
  bool features = false;     ///< Those that probes read; a later evaluation computes them anew.
  bool old_weights = false;  ///< Of trials that have newer weights by the same plugins and host.
  bool all_weights = false;  ///< Also those that a later evaluation, export or bundle would take.
};

struct ThinFile {
  std::filesystem::path file;
  uintmax_t bytes = 0;
};

/// What may go: checkpoints of trials that ended, and what else is asked for. Nothing is removed.
std::vector<ThinFile> files_to_thin(Database& database, const Thinning& thinning);

}  // namespace sslx::record
