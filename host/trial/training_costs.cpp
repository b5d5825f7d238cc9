#include "host/trial/training_costs.h"

#include <sslx/error.h>
#include <sslx/multi_crop.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "host/train/call_cost.h"
#include "host/train/device_batches.h"
#include "host/train/multiply_adds.h"
#include "host/trial/components.h"
#include "host/trial/known_images.h"

namespace sslx::train {
namespace {

using nlohmann::json;

double bytes_of(const std::vector<torch::Tensor>& tensors) {
  double out = 0;
  for (const torch::Tensor& one : tensors) out += static_cast<double>(one.nbytes());
  return out;
}

Batch batch_of(const std::vector<ImageShape>& shapes, int64_t images, int64_t local_views) {
  Batch out;
  for (const ImageShape& shape : shapes) {
    out.views.push_back(torch::randn({images, shape.channels, shape.height, shape.width}));
  }
  out.indices = torch::arange(images);
  out.labels = torch::zeros({images}, torch::kInt64);
  out.local_views = local_views;
  return out;
}

/// Steps of a method on made-up views.
class Steps {
 public:
  explicit Steps(const json& asked)
      : request_(read_request(asked.at("request"))), components_(request_) {
    components_.set_sources(known_sources(asked.at("images")));
    const ImageShape images = components_.see_images(known_shape(asked.at("images")));
    Execution execution = request_.execution;
    execution.device = "cpu";
    machine_ = resolve_machine(execution, request_.config.at("train"));
    method_ = components_.method({.input_channels = images.channels,
                                  .dataset_size = asked.at("count"),
                                  .class_count = asked.at("classes"),
                                  .total_steps = asked.at("steps"),
                                  .restored = true,
                                  .height = images.height,
                                  .width = images.width},
                                 machine_);
    method_->train();
    for (const Recipe& recipe : components_.view_recipes(method_->view_count())) {
      shapes_.push_back(data::shape_after(recipe, images));
    }
  }

  Method& method() { return *method_; }

  void take(int64_t images) {
    Batch batch = batch_of(shapes_, images, components_.local_views());
    to_device(batch, machine_);
    Loss loss;
    {
      const Autocast autocast(machine_.device.type(), machine_.bf16);
      const MultiplyAdds count;
      loss = method_->loss(batch);
      multiply_adds_ = static_cast<double>(count.of_training()) / static_cast<double>(images);
    }
    loss.value.backward();
  }

  /// Of an image of the last step.
  double multiply_adds() const { return multiply_adds_; }

  double view_bytes() const {
    double out = 0;
    for (const ImageShape& shape : shapes_) {
      out += 4.0 * static_cast<double>(shape.channels * shape.height * shape.width);
    }
    return out;
  }

 private:
  const TrialRequest request_;
  Components components_;
  Machine machine_;
  std::shared_ptr<Method> method_;
  std::vector<ImageShape> shapes_;
  double multiply_adds_ = 0;
};

struct Line {
  double fixed = 0;
  double image = 0;
};

/// Through two batches.
Line line_of(Steps& steps, int64_t few) {
  const double small = measured([&] { steps.take(few); }).bytes;
  const double large = measured([&] { steps.take(2 * few); }).bytes;
  const double image = (large - small) / static_cast<double>(few);
  return {std::max(0.0, small - image * static_cast<double>(few)), image};
}

/// A first step, which makes what stays (gradients). Batch norm wants two images; parts of a batch
/// (bn_groups) as many of each. 0 where none can be made.
int64_t first_step(Steps& steps) {
  for (const int64_t few : {2, 8, 16}) {
    try {
      steps.take(few);
      return few;
    } catch (const Error&) {
      continue;
    }
  }
  return 0;
}

json cost_of(const json& asked, bool in_turn) {
  Steps steps(asked);
  Method& method = steps.method();
  std::vector<torch::Tensor> trained;
  for (const ParameterGroup& group : method.parameter_groups()) {
    trained.insert(trained.end(), group.parameters.begin(), group.parameters.end());
  }
  if (trained.empty()) return {};
  const int64_t few = first_step(steps);
  if (few == 0) return {};
  const Line at_once = line_of(steps, few);
  json out{{"state", bytes_of(method.parameters()) + bytes_of(method.buffers())},
           {"gradients", bytes_of(trained)},
           {"fixed", at_once.fixed},
           {"image", at_once.image},
           {"image_in_turn", json()},
           {"views", steps.view_bytes()},
           {"multiply_adds", steps.multiply_adds()},
           {"separable", method.separable()}};
  if (auto* pairs = dynamic_cast<PairMethod*>(&method); in_turn && pairs != nullptr) {
    try {
      pairs->take_views_in_turn();
      out["image_in_turn"] = line_of(steps, few).image;
    } catch (const Error&) {
      return out;  // its targets have a gradient
    }
  }
  return out;
}

}  // namespace

json training_costs(const json& questions, double seconds, bool in_turn) {
  const auto begin = std::chrono::steady_clock::now();
  const std::chrono::duration<double> most(seconds);
  json out = json::array();
  for (const json& asked : questions) {
    out.push_back(nullptr);
    if (std::chrono::steady_clock::now() - begin > most) continue;
    try {
      out.back() = cost_of(asked, in_turn);
    } catch (const std::exception&) {
      continue;  // its trial tells
    }
  }
  return out;
}

}  // namespace sslx::train
