#include "host/train/optimiser.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <cmath>
#include <numbers>

namespace sslx::train {

using nlohmann::json;

namespace {

double scaled_base_rate(const json& config) {
  const double rate = config.at("lr").get<double>();
  if (config.at("lr_scaling") == "none") return rate;
  return rate * config.at("batch_size").get<double>() / 256.0;
}

std::vector<torch::optim::OptimizerParamGroup> optimiser_groups(
    const json& config, const std::vector<ParameterGroup>& groups) {
  std::vector<torch::optim::OptimizerParamGroup> out;
  for (const ParameterGroup& group : groups) {
    const double decay = group.weight_decay ? config.at("weight_decay").get<double>() : 0.0;
    auto options = std::make_unique<torch::optim::SGDOptions>(config.at("lr").get<double>());
    options->momentum(config.at("momentum").get<double>()).weight_decay(decay);
    out.emplace_back(group.parameters, std::move(options));
  }
  return out;
}

}  // namespace

Schedule::Schedule(const json& config, int64_t steps_per_epoch, int64_t total_steps)
    : base_rate_(scaled_base_rate(config)),
      cosine_(config.at("schedule") == "cosine"),
      warmup_steps_(std::llround(config.at("warmup_epochs").get<double>() *
                                 static_cast<double>(steps_per_epoch))),
      total_steps_(total_steps) {}

double Schedule::rate(int64_t step) const {
  if (step < warmup_steps_) {
    return base_rate_ * static_cast<double>(step + 1) / static_cast<double>(warmup_steps_);
  }
  if (!cosine_ || total_steps_ <= warmup_steps_) return base_rate_;
  const double done =
      static_cast<double>(step - warmup_steps_) / static_cast<double>(total_steps_ - warmup_steps_);
  return base_rate_ * 0.5 * (1.0 + std::cos(std::numbers::pi * done));
}

Optimiser::Optimiser(const json& config, const std::vector<ParameterGroup>& groups,
                     Schedule schedule)
    : schedule_(schedule) {
  if (config.at("optimizer") != "sgd") {
    throw input_error(
        fmt::format("train.optimizer is {}; it must be sgd", config.at("optimizer").dump()));
  }
  for (const ParameterGroup& group : groups) {
    rates_.push_back({group.lr_scale, group.constant_lr});
  }
  sgd_ = std::make_unique<torch::optim::SGD>(optimiser_groups(config, groups),
                                             torch::optim::SGDOptions(schedule_.base_rate())
                                                 .momentum(config.at("momentum").get<double>()));
}

void Optimiser::step(int64_t step) {
  for (size_t i = 0; i < rates_.size(); ++i) {
    const double rate = rates_[i].constant ? schedule_.base_rate() : schedule_.rate(step);
    sgd_->param_groups()[i].options().set_lr(rate * rates_[i].scale);
  }
  sgd_->step();
  sgd_->zero_grad();
}

}  // namespace sslx::train
