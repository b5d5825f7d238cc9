#include "host/sweep/plan.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <set>
#include <string_view>

#include "host/record/survey_claim.h"
#include "host/record/trial_row.h"
#include "host/sweep/foresight.h"
#include "host/sweep/resolve.h"
#include "host/sweep/size_check.h"
#include "host/sweep/table_check.h"

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

/// Bytes of a JSON value in memory, some of the allocator's included.
uint64_t bytes_of(const json& value) {
  uint64_t out = sizeof(json);
  if (value.is_string()) out += 64;
  if (value.is_structured()) {
    for (const auto& [key, part] : value.items())
      out += bytes_of(part) + (value.is_object() ? 112 : 0);
  }
  return out;
}

/// As the first configuration is, so are all: known before the others are made.
void check_memory(const SweepFile& sweep, const json& first, size_t points,
                  const PlanLimits& limits) {
  constexpr uint64_t kOfTrial = 2500;  // identity, label, plugins; measured
  const uint64_t configurations = points * sweep.variants.size();
  const uint64_t bytes = configurations * (bytes_of(first) + sweep.seeds.size() * kOfTrial);
  if (bytes <= limits.memory / 2) return;
  throw input_error(fmt::format(
      "{}: its {} trials would take about {} MiB of memory, and {} MiB are free; it must be split "
      "into smaller sweeps",
      sweep.file.filename().string(), configurations * sweep.seeds.size(), bytes >> 20U,
      limits.memory >> 20U));
}

/// What the data set's size says of the trial, where it is known.
void use_sizes(const Config& given, const Resolved& resolved, const std::string& label,
               Trial& trial, Resolver& resolver) {
  const json& config = resolved.config;
  if (resolved.evaluation_sizes) {
    check_evaluation(given, config, *resolved.evaluation_sizes, label);
    for (const std::string& note : size_notes(config, *resolved.evaluation_sizes)) {
      resolver.note(note);
    }
  }
  if (!resolved.sizes) return;
  check_sizes(given, config, *resolved.sizes, label);
  trial.steps =
      training_steps(config.at("train"), training_images(config.at("data"), *resolved.sizes));
  trial.images = images_known(config, *resolved.sizes, resolved.evaluation_sizes);
}

/// The file's, and those that are asked for by a claim that is about this trial.
std::vector<uint64_t> seeds_of(const SweepFile& sweep, const Trial& trial, const json& config) {
  std::vector<uint64_t> out = sweep.seeds;
  for (const MoreSeeds& more : sweep.more_seeds) {
    const auto claim = std::ranges::find(sweep.claims, more.claim, &SweepClaim::id);
    const record::TrialValues values{
        .variant = trial.variant, .seed = 0, .axes = trial.axes, .config = config};
    if (!record::claim_of(claim->recorded).concerns(values)) continue;
    for (const uint64_t seed : more.seeds) {
      if (std::ranges::count(out, seed) == 0) out.push_back(seed);
    }
  }
  return out;
}

/// The trial once for each seed; what does not depend on it is made once.
void add_seeds(const std::vector<uint64_t>& seeds, Trial trial, Resolved resolved, Plan& plan) {
  const std::string text = resolved.config.dump();
  const std::string training = record::training_text(resolved.config);
  trial.config = std::move(resolved.config);
  trial.plugins = std::move(resolved.plugins);
  for (const uint64_t seed : seeds) {
    trial.seed = seed;
    trial.identity = trial_identity_of_text(text, seed);
    trial.training = record::training_identity_of_text(training, seed);
    plan.trials.push_back(trial);
  }
}

}  // namespace

std::vector<size_t> each_once(const Plan& plan) {
  std::vector<size_t> out;
  std::set<std::string_view> seen;
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    if (seen.insert(plan.trials[i].identity).second) out.push_back(i);
  }
  return out;
}

uint64_t free_memory() {
  std::ifstream in("/proc/meminfo");
  for (std::string name; in >> name;) {
    uint64_t kibibytes = 0;
    if (name == "MemAvailable:" && in >> kibibytes) return kibibytes << 10U;
  }
  return std::numeric_limits<uint64_t>::max();
}

Plan make_plan(const SweepFile& sweep, const PluginRegistry& registry, DataLookup& data,
               const std::filesystem::path& weights_folder, const PlanLimits& limits) {
  const std::vector<Axis> axes = all_axes(sweep);
  check_size(sweep, axes);
  Plan plan{sweep.name, sweep.title, sweep.table.recorded(), {}, {}};
  WeightsStore weights(weights_folder);
  Resolver resolver(registry, data, weights, std::filesystem::absolute(sweep.file).parent_path(),
                    limits.may_lack_weights);
  const std::vector<AxisPoint> points = expand_axes(axes);
  for (const Variant& variant : sweep.variants) {
    for (const AxisPoint& point : points) {
      const Config given = configuration(sweep, variant, point);
      Resolved resolved = resolver.resolve(given);
      if (plan.trials.empty()) check_memory(sweep, resolved.config, points.size(), limits);
      Trial trial;
      trial.variant = variant.name.empty()
                          ? resolved.config.at("method").at("name").get<std::string>()
                          : variant.name;
      trial.axes = point;
      trial.data_path = resolved.data_path;
      trial.weights = resolved.weights;
      trial.data_state = resolved.data_state;
      trial.evaluation_data = resolved.evaluation_data;
      use_sizes(given, resolved, trial_label(trial.variant, point, sweep.seeds.front()), trial,
                resolver);
      const std::vector<uint64_t> seeds = seeds_of(sweep, trial, resolved.config);
      add_seeds(seeds, std::move(trial), std::move(resolved), plan);
    }
  }
  check_table(sweep.table, plan.trials);
  check_claims(sweep.claims, plan.trials);
  for (const SweepClaim& claim : sweep.claims) plan.table["claims"].push_back(claim.recorded);
  plan.notes = resolver.notes();
  return plan;
}

Config given_configuration(const SweepFile& sweep, const Trial& trial) {
  const auto variant = std::ranges::find(sweep.variants, trial.variant, &Variant::name);
  // Without a name it is called as its method, and is the only one.
  return configuration(sweep, variant == sweep.variants.end() ? sweep.variants.front() : *variant,
                       trial.axes);
}

}  // namespace sslx::sweep
