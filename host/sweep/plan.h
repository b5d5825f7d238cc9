// Expands a sweep into its trials: variants, then axes, then pairs, then seeds, in the order of the
// file. Nothing is written. Throws Error(kInput or kPlugin) before the first trial is made when any
// of them could not be run.
#pragma once

#include <string>
#include <vector>

#include "host/sweep/data_lookup.h"
#include "host/sweep/sweep_file.h"
#include "host/sweep/trial.h"

namespace sslx::sweep {

struct Plan {
  std::string name;
  std::string title;
  nlohmann::json table;
  std::vector<Trial> trials;
  std::vector<std::string> notes;
};

/// The places of its trials; of those that are the same trial the first.
std::vector<size_t> each_once(const Plan& plan);

/// Bytes of memory that the machine has free; all there are where it does not say.
uint64_t free_memory();

struct PlanLimits {
  uint64_t memory = free_memory();  ///< A plan takes half of it at most.
  bool may_lack_weights = false;    ///< It is only looked at.
};

/// `weights_folder`: where `backbone.weights` finds names and digests.
Plan make_plan(const SweepFile& sweep, const PluginRegistry& registry, DataLookup& data,
               const std::filesystem::path& weights_folder, const PlanLimits& limits = {});

/// What a trial of the sweep was resolved from: every layer merged, with where each value is
/// written.
Config given_configuration(const SweepFile& sweep, const Trial& trial);

}  // namespace sslx::sweep
