// The part of a record that one sweep is: its plans, their trials and those trials' runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sslx::record {

struct RunPlace {
  std::string id;
  std::string directory;
};

struct SweepPart {
  std::vector<RunPlace> runs;            ///< That have ended.
  std::map<int64_t, std::string> texts;  ///< The sweep file's bytes by the plan's number.
  std::set<std::string> plugins;         ///< SHA-256.
  std::set<std::string> weights;         ///< That backbones start from.
};

/// Removes all else from a copy (copy_database). Error(kInput) when it has no such sweep.
SweepPart keep_sweep(const std::filesystem::path& copy, const std::string& sweep);

}  // namespace sslx::record
