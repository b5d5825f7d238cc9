// A completed run whose files are still there: what `sslx export` starts from. The folder is where
// the record says, or under the home, which may have moved since.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/context.h"
#include "host/plugins/registry.h"
#include "host/record/runs.h"

namespace sslx::cli {

struct RecordedRun {
  record::RunDetails details;
  std::filesystem::path directory;
  std::filesystem::path plugin_store;
  nlohmann::json request;  ///< Its request.json.
};

/// The run whose id begins so. Throws Error(kInput) when it is not completed, or its folder or its
/// weights are gone.
RecordedRun find_completed_run(const std::string& prefix, const Context& context);

/// What the run's method was told of its data: channels, height, width, images, classes, steps.
/// Throws Error(kInput) when its journal is gone.
nlohmann::json seen_data(const RecordedRun& run);

/// Replaces each plugin's file in the request by the very bytes that made the run: the kept copy,
/// or one that is found now with the same digest. Throws Error(kPlugin) when a plugin changed since
/// and no copy is left.
void find_plugins(nlohmann::json& request, const PluginRegistry& registry, const RecordedRun& run);

}  // namespace sslx::cli
