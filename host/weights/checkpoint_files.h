// The names of the checkpoints in a run's folder: which stage of the trial, after how many of its
// steps. No torch here: `sslx` finds by them which run of a trial is the furthest. Nothing is said
// of what the files hold; whoever goes on from one checks it (host/train/snapshot.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace sslx::train {

struct CheckpointFile {
  std::filesystem::path file;
  std::string stage;
  int64_t step = 0;  ///< Steps that were done.
};

/// "checkpoint-pretrain-1200.safetensors"
std::string checkpoint_name(const std::string& stage, int64_t step);

/// Those of a folder, of more steps first; none where there is no such folder.
std::vector<CheckpointFile> checkpoint_files(const std::filesystem::path& directory);

}  // namespace sslx::train
