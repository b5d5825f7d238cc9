#include "host/sweep/plan.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/record/trial_row.h"
#include "host/sweep/metric_names.h"
#include "host/sweep/resolve.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

Config configuration(const SweepFile& sweep, const Variant& variant, const AxisPoint& point) {
  Config out = sweep.base;
  out.merge(variant.config);
  for (const Axis& axis : sweep.axes) {
    for (const std::string& path : axis.paths) out.set(path, point.at(path), axis.origin);
  }
  for (const Setting& setting : sweep.settings) {
    out.set(setting.path, setting.value, setting.origin);
  }
  if (!sweep.pairs.members.empty()) insert_pair(out, sweep.pairs, point);
  return out;
}

/// The pairs run fastest, so that each matrix is whole before the next begins.
std::vector<Axis> all_axes(const SweepFile& sweep) {
  std::vector<Axis> out = sweep.axes;
  if (!sweep.pairs.members.empty()) out.push_back(pairs_axis(sweep.pairs));
  return out;
}

void check_size(const SweepFile& sweep, const std::vector<Axis>& axes) {
  const size_t points = count_points(axes);
  const size_t count = points * sweep.variants.size() * sweep.seeds.size();
  if (count <= kMaxTrials) return;
  throw input_error(
      fmt::format("{}: {} combinations, {} variants and {} seeds are more than the {} "
                  "trials that a sweep may have",
                  sweep.file.filename().string(), points, sweep.variants.size(), sweep.seeds.size(),
                  kMaxTrials));
}

}  // namespace

Plan make_plan(const SweepFile& sweep, const PluginRegistry& registry, DataLookup& data,
               const std::filesystem::path& weights_folder) {
  const std::vector<Axis> axes = all_axes(sweep);
  check_size(sweep, axes);
  Plan plan{sweep.name, sweep.title, sweep.table.recorded(), {}, {}};
  WeightsStore weights(weights_folder);
  Resolver resolver(registry, data, weights, std::filesystem::absolute(sweep.file).parent_path());
  const std::vector<AxisPoint> points = expand_axes(axes);
  for (const Variant& variant : sweep.variants) {
    for (const AxisPoint& point : points) {
      const Resolved resolved = resolver.resolve(configuration(sweep, variant, point));
      const std::string name = variant.name.empty()
                                   ? resolved.config.at("method").at("name").get<std::string>()
                                   : variant.name;
      for (const uint64_t seed : sweep.seeds) {
        plan.trials.push_back({trial_identity(resolved.config, seed), name, point, resolved.config,
                               seed, record::training_identity(resolved.config, seed),
                               resolved.plugins, resolved.data_path, resolved.weights,
                               training_steps(resolved.config)});
      }
    }
  }
  check_metric_names(sweep.table.metrics, plan.trials, sweep.table.metrics_origin);
  plan.notes = resolver.notes();
  return plan;
}

}  // namespace sslx::sweep
