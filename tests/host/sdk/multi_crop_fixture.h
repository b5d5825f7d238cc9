// Two methods over pairs of views: one whose loss names its pairs, one that learns.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <sslx/losses.h>
#include <sslx/modules.h>
#include <sslx/multi_crop.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace sslx::test {

inline const Parameters& no_values() {
  static const Parameters none = Parameters::resolve({}, nlohmann::json::object(), "");
  return none;
}

inline MethodContext context_with(int64_t local_views) {
  return {.parameters = no_values(),
          .make_backbone = {},
          .device = torch::kCPU,
          .generator = at::detail::createCPUGenerator(0),
          .local_views = local_views};
}

/// Four images; view v is filled with the number v plus a little noise that sums to 0.
inline Batch crops(int64_t globals, int64_t locals) {
  Batch out;
  const torch::Generator generator = at::detail::createCPUGenerator(9);
  for (int64_t v = 0; v < globals + locals; ++v) {
    const int64_t side = v < globals ? 4 : 2;
    const torch::Tensor noise = torch::randn({4, 1, side, side}, generator, torch::kFloat64);
    out.views.push_back(noise - noise.mean() + static_cast<double>(v));
  }
  out.local_views = locals;
  return out;
}

/// pair(v, target i) is 10 v + i.
class PairsOfNumbers : public PairMethod {
 public:
  using PairMethod::Options;
  using Pairs = std::vector<std::pair<int64_t, int64_t>>;
  PairsOfNumbers(const Options& options, int64_t local_views)
      : PairMethod(context_with(local_views), options) {}

  torch::Tensor embed(const torch::Tensor& images) override { return images; }

  Pairs pairs;
  size_t targets_asked_for = 0;

 protected:
  Encoded student(const torch::Tensor& images) override {
    const torch::Tensor z = images.mean().round().expand({4, 1});
    return {z, z};
  }
  Tensors targets(std::span<const torch::Tensor> globals, std::span<const Encoded> seen) override {
    targets_asked_for = globals.size();
    return PairMethod::targets(globals, seen);
  }
  Loss pair(const Encoded& view, const torch::Tensor& target) override {
    pairs.emplace_back(view.p[0].item<int64_t>(), target[0].item<int64_t>());
    const torch::Tensor number = 10 * view.p.mean() + target.mean();
    return {number, {{"of", number}}};
  }
};

/// A linear network with batch norm, a predictor, and where asked a teacher of its own.
class TinyTwins : public PairMethod {
 public:
  using PairMethod::Options;
  TinyTwins(const Options& options, int64_t local_views)
      : PairMethod(context_with(local_views), options), own_teacher_(options.own_teacher) {
    torch::manual_seed(3);
    online_ = register_module("online", torch::nn::Linear(1, 3));
    norm_ = register_module("norm", torch::nn::BatchNorm1d(3));
    teacher_ = register_module("teacher", torch::nn::Linear(1, 3));
    predictor_ = register_module("predictor", torch::nn::Linear(3, 3));
    to(torch::kFloat64);
  }

  torch::Tensor embed(const torch::Tensor& images) override { return images; }

  /// Of the student's passes in one loss().
  size_t most_graphs() const { return most_graphs_; }
  bool target_had_gradient = false;

 protected:
  Encoded student(const torch::Tensor& images) override {
    const torch::Tensor z = norm_->forward(online_->forward(means(images)));
    const torch::Tensor p = predictor_->forward(z);
    graphs_.emplace_back(z.grad_fn());
    const auto alive = std::ranges::count_if(graphs_, [](auto& graph) { return !graph.expired(); });
    most_graphs_ = std::max(most_graphs_, static_cast<size_t>(alive));
    return {z, p};
  }
  Tensors targets(std::span<const torch::Tensor> globals, std::span<const Encoded> seen) override {
    if (!own_teacher_) return PairMethod::targets(globals, seen);
    const torch::NoGradGuard guard;
    Tensors out;
    for (const torch::Tensor& images : globals) out.push_back(teacher_->forward(means(images)));
    return out;
  }
  Loss pair(const Encoded& view, const torch::Tensor& target) override {
    target_had_gradient = target.requires_grad();
    return {(unit_rows(view.p) - unit_rows(target)).square().sum(1).mean(), {}};
  }

 private:
  static torch::Tensor means(const torch::Tensor& images) {
    return images.flatten(1).square().mean(1, /*keepdim=*/true);
  }

  bool own_teacher_;
  torch::nn::Linear online_{nullptr}, teacher_{nullptr}, predictor_{nullptr};
  torch::nn::BatchNorm1d norm_{nullptr};
  std::vector<std::weak_ptr<torch::autograd::Node>> graphs_;
  size_t most_graphs_ = 0;
};

/// BYOL's, SimSiam's and SwAV's.
inline std::vector<TinyTwins::Options> in_turn_options() {
  return {{.own_teacher = true}, {}, {.passes = Passes::kEachSize}};
}

}  // namespace sslx::test
