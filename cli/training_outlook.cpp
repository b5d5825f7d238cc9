#include "cli/training_outlook.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "cli/sweep_place.h"
#include "host/data/memory.h"
#include "host/machine/gpu.h"
#include "host/sweep/published_rates.h"
#include "host/sweep/training_cost.h"

namespace sslx::cli {
namespace {

constexpr int kOutlookSeconds = 240;
constexpr int kCheckSeconds = 60;
constexpr double kLarge = 5e9;

/// Where a trial will train.
struct Room {
  double bytes = 0;
  bool on_processor = true;
  std::string words;  ///< "a trial here has 23.1 GB"
};

Room room_for(const std::string& device, int jobs) {
  const bool may_be_gpu = device != "cpu" && machine::gpu_count() > 0;
  if (may_be_gpu) {
    const machine::Gpu gpu(0);
    if (const auto bytes = gpu.memory_bytes()) {
      const double own = static_cast<double>(*bytes) / jobs;
      return {own, false, fmt::format("{} has {}", gpu.name(), data::bytes_text(own))};
    }
  }
  const double own = data::usable_memory() / jobs;
  return {own, true,
          fmt::format("{} here has {}", jobs == 1 ? "a trial" : "each of the trials at a time",
                      data::bytes_text(own))};
}

bool any_in_turn(const sweep::Plan& plan, const std::vector<size_t>& trials) {
  return std::ranges::any_of(trials, [&](size_t i) {
    return plan.trials[i].config.whole().at("train").value("views_in_turn", false);
  });
}

std::string label_of(const sweep::Trial& trial) {
  return sweep::trial_label(trial.variant, trial.axes, trial.seed);
}

}  // namespace

std::string training_outlook(const sweep::Plan& plan, const std::vector<size_t>& all,
                             const std::filesystem::path& host, const Context& context) {
  std::vector<size_t> trials = all;
  std::erase_if(trials, [&](size_t i) { return !sweep::may_need(plan.trials[i], kLarge); });
  const auto costs = sweep::training_costs(plan, trials, host, nullptr, kOutlookSeconds,
                                           any_in_turn(plan, trials));
  double most = 0, work = 0;
  const sweep::Trial* largest = nullptr;
  size_t known = 0;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (!costs[i]) continue;
    ++known;
    const sweep::Trial& trial = plan.trials[trials[i]];
    const nlohmann::json& train = trial.config.whole().at("train");
    const double bytes = sweep::training_bytes(*costs[i], train, true);
    if (bytes > most) {
      most = bytes;
      largest = &trial;
    }
    const double images = static_cast<double>(trial.steps.value_or(0)) *
                          train.at("batch_size").get<double>() * train.value("accumulate", 1.0);
    work += images * costs[i]->multiply_adds;
  }
  if (largest == nullptr) return "";
  const auto of = [&] {
    return known == trials.size() ? "" : fmt::format(", of {} of {} trials", known, trials.size());
  };
  std::string out = fmt::format("memory: about {} at most{} ({})\n", data::bytes_text(most), of(),
                                label_of(*largest));
  const auto speeds = sweep::read_published_speeds(published_folders(context.home));
  if (!speeds.empty()) {
    const double hours = work / speeds[0].multiply_adds_per_second / 3600;
    out += fmt::format("training: {:.3g} multiply-adds{}, about {:.3g} hours of a {} ({})\n", work,
                       of(), hours, speeds[0].device, speeds[0].source);
  }
  return out;
}

void check_training_memory(const sweep::Plan& plan, const std::vector<size_t>& trials,
                           const std::filesystem::path& host, sweep::HostServer* server,
                           const std::string& device, int jobs) {
  const Room room = room_for(device, jobs);
  std::vector<size_t> large = trials;
  std::erase_if(large, [&](size_t i) { return !sweep::may_need(plan.trials[i], room.bytes); });
  if (large.empty()) return;
  const auto costs = sweep::training_costs(plan, large, host, server, kCheckSeconds, true);
  for (size_t i = 0; i < large.size(); ++i) {
    if (!costs[i]) continue;
    const sweep::Trial& trial = plan.trials[large[i]];
    const nlohmann::json& train = trial.config.whole().at("train");
    const double bytes = sweep::training_bytes(*costs[i], train, room.on_processor);
    if (bytes <= room.bytes) continue;
    const std::string fitting =
        sweep::what_would_fit(*costs[i], train, room.on_processor, room.bytes);
    throw input_error(fmt::format("{}: its training would hold about {}, and {}", label_of(trial),
                                  data::bytes_text(bytes), room.words),
                      fmt::format("{}--any-memory runs it all the same",
                                  fitting.empty() ? "" : "what would fit: " + fitting + "; "));
  }
}

}  // namespace sslx::cli
