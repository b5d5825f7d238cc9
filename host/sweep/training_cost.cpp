#include "host/sweep/training_cost.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "host/sweep/foresight.h"
#include "host/sweep/view_sources.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

/// What a process of sslx-host holds before anything is trained (libtorch_cpu, its threads): 0.2
/// GB.
constexpr double kProcess = 2.2e8;
/// On the processor a step holds more than its tensors: the workspaces of the kernels.
/// Measured 1.15 to 1.6 times as much, more with more threads (tests/reference/memory_estimate.py).
constexpr double kWorkspaces = 1.3;
/// Batches whose views are made ahead (host/data/view_pipeline.h, LoaderOptions::depth), and the
/// one that is trained on.
constexpr double kBatchesAhead = 4;
/// No network here holds more of an image than so many times its views' bytes.
constexpr double kMostOfViews = 1000;

/// What a step costs by: not by a method's rates and temperatures, nor by what is done to an image
/// within a view of the same size.
std::string cost_key(const Trial& trial) {
  const json& config = trial.config.whole();
  json method = config.at("method");
  json& parameters = method["parameters"];
  for (auto it = parameters.begin(); it != parameters.end();) {
    it = it->is_number_float() ? parameters.erase(it) : std::next(it);
  }
  json views = json::array();
  for (const json& view : config.at("view")) {
    json kept = json::array({view.value("local", false)});
    for (const json& operation : view.at("ops")) {
      const json own = operation.value("parameters", json::object());
      kept.push_back(own.contains("size") || operation.at("name") == "lab" ||
                             operation.at("name") == "sobel"
                         ? operation
                         : operation.at("name"));
    }
    views.push_back(std::move(kept));
  }
  const json& train = config.at("train");
  return json{method,       config.at("backbone"),           config.value("student", json()),
              views,        config.at("evaluate").at("ops"), train.value("precision", "auto"),
              *trial.images}
      .dump();
}

TrainingCost read_cost(const json& found) {
  TrainingCost out{found.at("state"),         found.at("gradients"), found.at("fixed"),
                   found.at("image"),         std::nullopt,          found.at("views"),
                   found.at("multiply_adds"), found.at("separable")};
  if (!found.at("image_in_turn").is_null()) out.image_in_turn = found.at("image_in_turn");
  return out;
}

double optimiser_state(const json& train, double gradients) {
  const auto optimizer = train.at("optimizer").get<std::string>();
  if (optimizer.starts_with("adam")) return 2 * gradients;
  return train.value("momentum", 0.0) > 0 ? gradients : 0;
}

double images_of(const json& train) {
  return train.at("batch_size").get<double>() / train.value("processes", 1.0);
}

json with(json train, const char* key, const json& value) {
  train[key] = value;
  return train;
}

/// The largest power of two that fits as a batch, below today's; 0 where none does.
int64_t batch_that_fits(const TrainingCost& cost, const json& train, bool on_processor,
                        double bytes) {
  int64_t batch = 1;
  while (2 * batch < train.at("batch_size").get<int64_t>()) batch *= 2;
  while (batch > 1 &&
         training_bytes(cost, with(train, "batch_size", batch), on_processor) > bytes) {
    batch /= 2;
  }
  return batch > 1 ? batch : 0;
}

}  // namespace

std::vector<std::optional<TrainingCost>> training_costs(const Plan& plan,
                                                        const std::vector<size_t>& trials,
                                                        const std::filesystem::path& host,
                                                        HostServer* server, int seconds,
                                                        bool in_turn) {
  const Questions asked = questions_about(plan, trials, cost_key);
  std::vector<std::optional<TrainingCost>> out(trials.size());
  if (asked.about.empty()) return out;
  const json found = ask_host({{"costs", asked.all}, {"seconds", seconds}, {"in_turn", in_turn}},
                              host, server, std::chrono::seconds(2 * seconds));
  if (!found.is_array() || found.size() != asked.about.size()) return out;
  std::map<std::string, TrainingCost> known;
  for (size_t i = 0; i < found.size(); ++i) {
    if (!found[i].is_null()) known[cost_key(*asked.about[i])] = read_cost(found[i]);
  }
  for (size_t i = 0; i < trials.size(); ++i) {
    const Trial& trial = plan.trials[trials[i]];
    if (trial.images == nullptr) continue;
    const auto own = known.find(cost_key(trial));
    if (own != known.end()) out[i] = own->second;
  }
  return out;
}

double training_bytes(const TrainingCost& cost, const json& train, bool on_processor) {
  const bool in_turn = train.value("views_in_turn", false) && cost.image_in_turn.has_value();
  const double images = images_of(train);
  const double step = cost.fixed + images * (in_turn ? *cost.image_in_turn : cost.image);
  const double kept = cost.state + cost.gradients + optimiser_state(train, cost.gradients);
  const double views = cost.views * images;
  if (!on_processor) return kept + step + views;
  return kProcess + kept + kWorkspaces * step + kBatchesAhead * views;
}

std::string what_would_fit(const TrainingCost& cost, const json& train, bool on_processor,
                           double bytes) {
  std::vector<std::string> out;
  const auto fits = [&](const json& other) {
    return training_bytes(cost, other, on_processor) <= bytes;
  };
  const bool may_turn = cost.image_in_turn && !train.value("views_in_turn", false);
  if (may_turn && fits(with(train, "views_in_turn", true))) {
    out.push_back("train.views_in_turn = true");
  }
  const auto batch = train.at("batch_size").get<int64_t>();
  const int64_t smaller = batch_that_fits(cost, train, on_processor, bytes);
  if (smaller > 0 && cost.separable) {
    out.push_back(
        fmt::format("train.batch_size = {} with train.accumulate = {}", smaller,
                    (batch + smaller - 1) / smaller * train.value("accumulate", int64_t{1})));
  } else if (smaller > 0) {
    out.push_back(fmt::format("train.batch_size = {}, which is another loss", smaller));
  }
  for (int64_t processes = 2; processes <= 256 && batch % processes == 0; processes *= 2) {
    if (!fits(with(train, "processes", processes))) continue;
    out.push_back(fmt::format("train.processes = {} on as many machines", processes));
    break;
  }
  return fmt::format("{}", fmt::join(out, "; "));
}

bool may_need(const Trial& trial, double bytes) {
  if (trial.images == nullptr) return false;
  double pixels = 0;
  for (const json& view : trial.config.whole().at("view")) {
    const int64_t crop = crop_side(view);
    const double side = crop > 0 ? static_cast<double>(crop)
                                 : trial.images->at("images").at("height").get<double>();
    pixels += side * side;
  }
  const double views = 2 * 4 * 3 * pixels;  // the last recipe serves the views that have none
  return views * kMostOfViews * images_of(trial.config.whole().at("train")) > bytes;
}

}  // namespace sslx::sweep
