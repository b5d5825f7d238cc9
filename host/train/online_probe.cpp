#include "host/train/online_probe.h"

#include <sslx/precision.h>

namespace sslx::train {
namespace {

using torch::Tensor;

constexpr double kRate = 0.1;
constexpr double kMomentum = 0.9;
constexpr double kStatistics = 0.1;  ///< What of a batch's mean and variance is new.
constexpr double kEps = 1e-5;

void update(Tensor& weight, Tensor& velocity, const Tensor& gradient) {
  velocity.mul_(kMomentum).add_(gradient);
  weight.sub_(velocity, kRate);
}

}  // namespace

void OnlineProbe::begin(const Tensor& features) {
  const auto zeros = [&](at::IntArrayRef sizes) { return torch::zeros(sizes, features.options()); };
  const int64_t width = features.size(1);
  weight_ = zeros({width, classes_});
  bias_ = zeros({classes_});
  weight_velocity_ = torch::zeros_like(weight_);
  bias_velocity_ = torch::zeros_like(bias_);
  mean_ = features.mean(0);
  variance_ = features.var(0, /*unbiased=*/false);
}

Tensor OnlineProbe::learn(const Tensor& features, const Tensor& labels) {
  const torch::NoGradGuard guard;
  const FullPrecision full(features.device().type());
  const Tensor x = features.to(torch::kFloat32);
  if (!weight_.defined()) begin(x);
  mean_.lerp_(x.mean(0), kStatistics);
  variance_.lerp_(x.var(0, /*unbiased=*/false), kStatistics);
  const Tensor scaled = (x - mean_) * (variance_ + kEps).rsqrt();
  const Tensor logits = torch::mm(scaled, weight_) + bias_;
  // No image is picked out by its label, which a GPU would have to be waited for.
  const Tensor known = labels.ge(0).to(torch::kFloat32);
  const Tensor count = known.sum().clamp_min(1);
  Tensor error = logits.softmax(1);
  error.scatter_add_(1, labels.clamp_min(0).unsqueeze(1),
                     torch::full({1, 1}, -1.0F, x.options()).expand({x.size(0), 1}));
  error = error * (known / count).unsqueeze(1);
  update(weight_, weight_velocity_, torch::mm(scaled.t(), error));
  update(bias_, bias_velocity_, error.sum(0));
  return (logits.argmax(1).eq(labels).to(torch::kFloat32) * known).sum() / count;
}

Tensor OnlineProbe::predict(const Tensor& features) const {
  const torch::NoGradGuard guard;
  const Tensor scaled = (features - mean_.cpu()) * (variance_.cpu() + kEps).rsqrt();
  return (torch::mm(scaled, weight_.cpu()) + bias_.cpu()).argmax(1);
}

State OnlineProbe::state() const {
  if (!weight_.defined()) return {};
  State out{{"weight", weight_},
            {"bias", bias_},
            {"weight_velocity", weight_velocity_},
            {"bias_velocity", bias_velocity_},
            {"mean", mean_},
            {"variance", variance_}};
  for (auto& [name, tensor] : out) tensor = tensor.cpu().clone();
  return out;
}

void OnlineProbe::load(const State& state) {
  if (!state.contains("weight")) return;
  const auto of = [&](const char* name) {
    return state.at(name).to(device_, /*non_blocking=*/false, /*copy=*/true);
  };
  weight_ = of("weight");
  bias_ = of("bias");
  weight_velocity_ = of("weight_velocity");
  bias_velocity_ = of("bias_velocity");
  mean_ = of("mean");
  variance_ = of("variance");
}

}  // namespace sslx::train
