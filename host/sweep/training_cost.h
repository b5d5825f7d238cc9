// What a plan's trainings will hold in memory and compute, asked of the plugins before the first
// trial (host/trial/training_costs.h): a step of a few images is made, and what it takes grows with
// the batch.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/sweep/plan.h"

namespace sslx::sweep {

class HostServer;

struct TrainingCost {
  double state = 0;                     ///< Bytes of parameters and buffers.
  double gradients = 0;                 ///< Of what is trained.
  double fixed = 0;                     ///< A step of no images.
  double image = 0;                     ///< Each image of a batch.
  std::optional<double> image_in_turn;  ///< Likewise, one pass of views at a time.
  double views = 0;                     ///< An image's views.
  double multiply_adds = 0;             ///< Of an image, forward and backward.
  bool separable = false;               ///< Batches may be split (train.accumulate).
};

/// Of each of the trials, or nothing where it is not known. Those of one configuration share one
/// question; what is not answered within `seconds` is not known. `in_turn`: image_in_turn, too.
std::vector<std::optional<TrainingCost>> training_costs(const Plan& plan,
                                                        const std::vector<size_t>& trials,
                                                        const std::filesystem::path& host,
                                                        HostServer* server, int seconds,
                                                        bool in_turn);

/// Bytes that a training of this [train] table holds at most, in each of its processes: weights,
/// gradients, the optimiser's state and a step; on the processor also the batches that are made
/// ahead, and the process itself.
double training_bytes(const TrainingCost& cost, const nlohmann::json& train, bool on_processor);

/// What would fit into so many bytes, in words: "train.batch_size = 64 with train.accumulate = 4;
/// train.processes = 4, each on a device of its own". Empty where nothing would.
std::string what_would_fit(const TrainingCost& cost, const nlohmann::json& train, bool on_processor,
                           double bytes);

/// Whether a training may need more than so many bytes: by its views alone, without asking.
bool may_need(const Trial& trial, double bytes);

}  // namespace sslx::sweep
