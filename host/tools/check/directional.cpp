#include "host/tools/check/directional.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "host/tools/check/constants.h"

namespace sslx::check {
namespace {

using torch::Tensor;

constexpr int kDirections = 3;
/// Of a weight's own size. In float64 hardly one of a million ReLUs has its kink between the ends
/// of the smallest; in float32 what is small is lost in rounding.
constexpr std::array kFine{1e-8, 1e-7, 1e-6, 1e-5};
constexpr std::array kCoarse{1e-4, 1e-3, 1e-2, 3e-2};
constexpr double kNear = 1e-5;

class Comparison {
 public:
  Comparison(const Named& weights, const Evaluate& evaluate)
      : weights_(weights), evaluate_(evaluate) {
    const Tensor value = run(Constants::Run::kRecord, [] {});
    value.backward();
    wide_ = !constants_->narrow();
    for (const auto& [name, weight] : weights_) {
      gradients_.push_back(weight.grad().defined() ? weight.grad().clone() : Tensor());
      weight.mutable_grad().reset();
    }
  }

  Agreement result() {
    Agreement out{.error = 0, .bound = wide_ ? 1e-3 : 0.1};
    const double size = scale();
    for (int i = 0; i < kDirections; ++i) {
      out.error = std::max(out.error, error(direction(), 0.1 * size));
    }
    out.comparable = !constants_->lost();
    if (!out.holds() && out.comparable) name_wrong(out, size);
    return out;
  }

 private:
  using Direction = std::vector<Tensor>;

  Tensor run(Constants::Run how, const std::function<void()>& move) {
    constants_->begin(how);
    const Listening listening(constants_);
    return evaluate_(move);
  }

  /// As large as the weights themselves, so that none is moved out of its range.
  Tensor along(const Tensor& weight) const {
    const Tensor size = weight.detach().square().mean().sqrt() + 1e-2;
    return torch::randn(weight.sizes(), generator_, weight.options().requires_grad(false)) * size;
  }
  Direction direction() const {
    Direction out;
    for (const auto& [name, weight] : weights_) out.push_back(along(weight));
    return out;
  }
  Direction only(size_t place) const {
    Direction out(weights_.size());
    out[place] = along(weights_[place].second);
    return out;
  }

  double derivative(const Direction& direction) const {
    double sum = 0;
    for (size_t i = 0; i < direction.size(); ++i) {
      if (!direction[i].defined() || !gradients_[i].defined()) continue;
      sum += (direction[i] * gradients_[i]).sum().item<double>();
    }
    return sum;
  }

  /// The derivative that a random direction has on average: beside it nothing counts.
  double scale() const {
    double sum = 0;
    for (size_t i = 0; i < gradients_.size(); ++i) {
      if (!gradients_[i].defined()) continue;
      const double size = weights_[i].second.detach().square().mean().sqrt().item<double>() + 1e-2;
      sum += std::pow(size * gradients_[i].norm().item<double>(), 2);
    }
    return std::sqrt(sum);
  }

  double value(const Direction& direction, double step) {
    const Tensor out = run(Constants::Run::kReplay, [&] {
      for (size_t i = 0; i < direction.size(); ++i) {
        if (!direction[i].defined()) continue;
        Tensor weight = weights_[i].second;
        const torch::NoGradGuard guard;
        weight.add_(direction[i], step);
      }
    });
    return out.item<double>();
  }

  /// No derivative counts as smaller than `floor`.
  double error(const Direction& direction, double floor) {
    const double expected = derivative(direction);
    double least = INFINITY;
    for (const double step : wide_ ? kFine : kCoarse) {
      const double found = (value(direction, step) - value(direction, -step)) / (2 * step);
      const double whole = std::max({std::abs(expected), std::abs(found), floor, 1e-12});
      least = std::min(least, std::abs(found - expected) / whole);
      if (constants_->lost() || least < kNear) break;
    }
    return least;
  }

  void name_wrong(Agreement& out, double size) {
    for (size_t i = 0; i < weights_.size(); ++i) {
      if (error(only(i), 0.01 * size) > out.bound) out.wrong.push_back(weights_[i].first);
    }
  }

  const Named& weights_;
  const Evaluate& evaluate_;
  std::shared_ptr<Constants> constants_ = std::make_shared<Constants>();
  std::vector<Tensor> gradients_;
  /// Of its own: each run of the loss sets torch's to one and the same place.
  torch::Generator generator_ = at::detail::createCPUGenerator(17);
  bool wide_ = true;
};

}  // namespace

Agreement gradient_agreement(const Named& weights, const Evaluate& evaluate) {
  return Comparison(weights, evaluate).result();
}

}  // namespace sslx::check
