// Makes a recorded run again, from the record alone: its configuration, seed, plugins by their
// digests, threads and device, in a fresh folder that is no run's of the record. What is missing
// (a plugin's bytes, the data, weights) is a verdict, too: impossible.
// Throws Error(kInput) for a run without a final state, Error(kSystem) when the host cannot start.
#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "host/plugins/registry.h"
#include "host/record/verdicts.h"

namespace sslx::sweep {

struct ReproduceOptions {
  std::filesystem::path home;
  std::filesystem::path host;                 ///< The sslx-host to start.
  std::filesystem::path keep;                 ///< Where the second run stays; empty: it goes.
  std::optional<std::filesystem::path> data;  ///< Where the data are now.
  std::optional<int> threads;                 ///< Other than recorded.
  std::optional<std::string> device;
  std::optional<std::filesystem::path> evaluation_data;  ///< Where those of evaluate.data are now.
};

/// The verdict, not recorded yet; nothing when `interrupts` counted a signal meanwhile.
std::optional<record::Verdict> reproduce(record::Database& database, const std::string& run,
                                         const PluginRegistry& registry,
                                         const ReproduceOptions& options,
                                         const std::atomic<int>& interrupts);

/// `count` of these, drawn at random: the same for the same number; in their order.
std::vector<std::string> draw_runs(std::vector<std::string> runs, size_t count, uint64_t draw);

}  // namespace sslx::sweep
