// One trial's pretraining in several processes, and the same in one with the whole batch, both in
// float64: how far apart they are, as JSON. The request of the trial, the number of processes and,
// where it differs, the request of the one process come on standard input.
#include <fmt/format.h>
#include <sslx/before_epoch.h>
#include <sslx/norm.h>

#include <atomic>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "host/evaluate/features.h"
#include "host/processes/processes.h"
#include "host/train/c10d_team.h"
#include "host/train/loop.h"
#include "host/train/pretraining.h"
#include "host/trial/components.h"
#include "host/trial/stages.h"
#include "host/trial/trial_data.h"
#include "host/weights/weights.h"

namespace {

using nlohmann::json;
using sslx::train::State;
using torch::Tensor;

/// What a training came to.
struct Trained {
  std::vector<double> losses;
  State gradient;  ///< Of the first step, of each parameter.
  State state;     ///< After the last.
};

void widen(torch::nn::Module& module) {
  const auto wide = [](const Tensor& tensor) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(torch::kFloat64));
  };
  for (const Tensor& parameter : module.parameters()) wide(parameter);
  for (const Tensor& buffer : module.buffers()) wide(buffer);
}

class InDouble : public sslx::train::Lesson {
 public:
  InDouble(sslx::Method& method, sslx::BeforeEpoch::Features features, int64_t images)
      : method_(method), features_(std::move(features)), images_(images) {}

  torch::nn::Module& network() override { return method_; }
  std::vector<sslx::ParameterGroup> groups() const override { return method_.parameter_groups(); }
  sslx::Loss loss(const sslx::Batch& batch) override {
    sslx::Batch wide = batch;
    for (Tensor& view : wide.views) view = view.to(torch::kFloat64);
    return method_.loss(wide);
  }
  void before_epoch(int64_t epoch) override {
    auto* method = dynamic_cast<sslx::BeforeEpoch*>(&method_);
    if (method != nullptr) method->before_epoch(epoch, features_);
  }
  std::vector<int64_t> images_of_epoch(int64_t epoch) override {
    return sslx::train::chosen_images(method_, epoch, images_);
  }
  void before_update(const sslx::Step& step, const sslx::Loss& mean, int64_t) override {
    out.losses.push_back(mean.value.item<double>());
    if (step.step > 0) return;
    for (const auto& item : method_.named_parameters()) {
      if (item.value().grad().defined()) out.gradient[item.key()] = item.value().grad().clone();
    }
  }
  void after_step(const sslx::Step& step) override { method_.after_step(step); }
  void record(const sslx::train::Recorded&) override {}

  Trained out;

 private:
  sslx::Method& method_;
  sslx::BeforeEpoch::Features features_;
  int64_t images_;
};

Trained train(const sslx::train::TrialRequest& request, sslx::train::Team& team) {
  const json& config = request.config;
  const auto machine = sslx::train::resolve_machine(request.execution, config.at("train"));
  const sslx::train::TrialData data(request);
  const sslx::train::LoadedData& set = data.trained();
  const sslx::train::LoopPlan plan = sslx::train::training_plan(config.at("train"), request.seed);
  const int64_t count = set.train.labels.size(0);
  sslx::train::Components components(request);
  components.set_sources(set.sources);
  components.set_group(team.group());
  const auto method = components.method({.input_channels = set.channels,
                                         .dataset_size = count,
                                         .class_count = set.classes,
                                         .total_steps = plan.epochs * plan.steps_per_epoch(count),
                                         .height = set.train.images.shape().height,
                                         .width = set.train.images.shape().width},
                                        machine);
  sslx::share_batches(*method, team.group());
  widen(*method);
  const sslx::data::ViewPipeline views(set.train.images, set.train.labels,
                                       components.view_recipes(method->view_count()), request.seed,
                                       0, false, components.local_views());
  const auto prepare = components.evaluation_input(machine);
  InDouble lesson(
      *method,
      [&] {
        const auto wide = [&](const Tensor& images) { return prepare(images).to(torch::kFloat64); };
        return sslx::evaluate::extract_features(*method, set.train.images, set.train.labels, wide,
                                                machine.device, 16)
            .features.to(torch::kFloat64);
      },
      count);
  const std::atomic<bool> stop{false};
  sslx::train::LoopParts parts{views, machine, stop};
  parts.team = &team;
  const sslx::train::LoopResult result = sslx::train::train(lesson, parts, plan);
  if (result.end != sslx::train::LoopEnd::kCompleted) throw std::runtime_error(result.message);
  lesson.out.state = sslx::train::copied_state(*method);
  return std::move(lesson.out);
}

double apart(const Tensor& a, const Tensor& b) {
  const Tensor left = a.to(torch::kFloat64);
  const Tensor right = b.to(torch::kFloat64);
  return ((left - right).norm() / right.norm().clamp_min(1.0)).item<double>();
}

/// The largest of them, and whose it is. Of several processes there may be more: the order in which
/// they are dealt images. How often batch norm was passed is not compared: parts of a batch are
/// passes, shares are none.
json most_apart(const State& a, const State& b) {
  json out{{"apart", 0.0}, {"tensor", ""}};
  for (const auto& [name, tensor] : b) {
    if (name.ends_with("num_batches_tracked")) continue;
    const auto found = a.find(name);
    const double here = found == a.end() ? 1.0 : apart(found->second, tensor);
    if (here > out["apart"]) out = {{"apart", here}, {"tensor", name}};
  }
  return out;
}

json compared(const Trained& shared, const Trained& alone) {
  json losses = json::array();
  for (size_t i = 0; i < alone.losses.size(); ++i) {
    const double size = std::max(1.0, std::abs(alone.losses[i]));
    losses.push_back(std::abs(shared.losses.at(i) - alone.losses[i]) / size);
  }
  return {{"losses", losses},
          {"first", alone.losses.at(0)},
          {"gradient", most_apart(shared.gradient, alone.gradient)},
          {"state", most_apart(shared.state, alone.state)}};
}

}  // namespace

int main() try {
  const json asked = json::parse(std::cin);
  sslx::processes::Processes processes(asked.at("processes").get<int64_t>());
  const auto team = sslx::train::meet(processes.meeting());
  const sslx::train::TrialRequest request = sslx::train::read_request(asked.at("request"));
  const Trained shared = train(request, *team);
  if (!processes.leads()) std::_Exit(0);
  processes.wait();
  sslx::train::Team alone;
  const sslx::train::TrialRequest other =
      sslx::train::read_request(asked.value("alone", asked.at("request")));
  std::cout << compared(shared, train(other, alone)).dump() << std::endl;
  std::_Exit(0);
} catch (const std::exception& error) {
  std::cerr << "equal_steps: " << error.what() << std::endl;
  std::_Exit(1);
}
