#include "host/train/optimiser.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "host/train/foreach.h"
#include "host/train/lars.h"

namespace sslx::train {

using nlohmann::json;

namespace {

double scaled_base_rate(const json& config) {
  const double rate = config.at("lr").get<double>();
  const double batch_size =
      config.at("batch_size").get<double>() * config.value("accumulate", 1.0);  // images of a step
  if (config.at("lr_scaling") == "linear") return rate * batch_size / 256.0;
  // SimCLR (arXiv:2002.05709), appendix B.1.
  if (config.at("lr_scaling") == "sqrt") return rate * std::sqrt(batch_size);
  return rate;
}

/// From 1 at 0 to 0 at `whole`.
double half_cosine(int64_t part, int64_t whole) {
  const double done = static_cast<double>(part) / static_cast<double>(whole);
  return 0.5 * (1.0 + std::cos(std::numbers::pi * done));
}

double final_decay(const json& config) {
  const bool constant = config.value("weight_decay_schedule", "constant") == "constant";
  return config.at(constant ? "weight_decay" : "final_weight_decay").get<double>();
}

/// The method's groups; without `decay_all` biases and norm parameters are groups of their own.
std::vector<ParameterGroup> decay_groups(const json& config,
                                         const std::vector<ParameterGroup>& groups) {
  if (config.value("decay_all", true)) return groups;
  std::vector<ParameterGroup> out;
  for (const ParameterGroup& group : groups) {
    ParameterGroup decayed = group, undecayed = group;
    undecayed.weight_decay = false;
    const auto is_vector = [](const torch::Tensor& parameter) { return parameter.dim() <= 1; };
    std::erase_if(decayed.parameters, is_vector);
    std::erase_if(undecayed.parameters, std::not_fn(is_vector));
    for (const ParameterGroup& part : {decayed, undecayed}) {
      if (!part.parameters.empty()) out.push_back(part);
    }
  }
  return out;
}

template <class Optimiser, class Options>
Algorithm algorithm(const std::vector<ParameterGroup>& groups, const Options& options) {
  std::vector<torch::optim::OptimizerParamGroup> all;
  for (const ParameterGroup& group : groups) {
    all.emplace_back(group.parameters, std::make_unique<Options>(options));
  }
  return {std::make_unique<Optimiser>(all, options),
          [](torch::optim::OptimizerOptions& of_group, double decay) {
            static_cast<Options&>(of_group).weight_decay(decay);
          }};
}

torch::optim::SGDOptions sgd_options(const json& config, double rate) {
  torch::optim::SGDOptions out(rate);
  return out.momentum(config.at("momentum").get<double>())
      .nesterov(config.value("nesterov", false));
}

LarsOptions lars_options(const json& config, double rate) {
  LarsOptions out(rate);
  return out.momentum(config.at("momentum").get<double>())
      .eta(config.at("lars_eta").get<double>())
      .classic(config.at("lars_momentum") == "classic")
      .exclude(config.at("lars_exclude").get<bool>());
}

template <class Options>
Options adam_options(const json& config, double rate) {
  const auto betas = config.at("betas").get<std::vector<double>>();
  return Options(rate).betas(std::make_tuple(betas.at(0), betas.at(1)));
}

Algorithm make_algorithm(const json& config, const std::vector<ParameterGroup>& groups,
                         double rate) {
  namespace optim = torch::optim;
  const auto name = config.at("optimizer").get<std::string>();
  if (name == "sgd") return algorithm<ForeachSgd>(groups, sgd_options(config, rate));
  if (name == "lars") return algorithm<Lars>(groups, lars_options(config, rate));
  if (name == "adam") {
    return algorithm<ForeachAdam>(groups, adam_options<optim::AdamOptions>(config, rate));
  }
  if (name == "adamw") {
    return algorithm<ForeachAdamW>(groups, adam_options<optim::AdamWOptions>(config, rate));
  }
  throw input_error(
      fmt::format("train.optimizer is \"{}\"; it must be sgd, lars, adam or adamw", name));
}

}  // namespace

Schedule::Schedule(const json& config, int64_t steps_per_epoch, int64_t total_steps)
    : base_rate_(scaled_base_rate(config)),
      shape_(config.at("schedule").get<std::string>()),
      warmup_steps_(std::llround(config.at("warmup_epochs").get<double>() *
                                 static_cast<double>(steps_per_epoch))),
      total_steps_(total_steps),
      final_share_(config.value("final_lr", 0.0)),
      first_decay_(config.at("weight_decay").get<double>()),
      last_decay_(final_decay(config)) {
  if (shape_ != "step") return;
  gamma_ = config.at("gamma").get<double>();
  for (const json& epoch : config.at("milestones")) {
    drops_.push_back(epoch.get<int64_t>() * steps_per_epoch);
  }
}

double Schedule::rate(int64_t step) const {
  if (step < warmup_steps_) {
    return base_rate_ * static_cast<double>(step + 1) / static_cast<double>(warmup_steps_);
  }
  return base_rate_ * share(step);
}

double Schedule::share(int64_t step) const {
  if (shape_ == "step") {
    const auto dropped = std::ranges::count_if(drops_, [step](int64_t at) { return at <= step; });
    return std::pow(gamma_, dropped);
  }
  if (shape_ != "cosine" || total_steps_ <= warmup_steps_) return 1;
  const double high = half_cosine(step - warmup_steps_, total_steps_ - warmup_steps_);
  return final_share_ + (1 - final_share_) * high;
}

double Schedule::weight_decay(int64_t step) const {
  return last_decay_ + (first_decay_ - last_decay_) * half_cosine(step, total_steps_);
}

Optimiser::Optimiser(const json& config, const std::vector<ParameterGroup>& groups,
                     Schedule schedule)
    : schedule_(std::move(schedule)),
      groups_(decay_groups(config, groups)),
      algorithm_(make_algorithm(config, groups_, schedule_.base_rate())),
      clip_norm_(config.value("clip_norm", 0.0)),
      clip_each_(config.value("clip", "norm") == "each") {}

void Optimiser::step(int64_t step) {
  for (size_t i = 0; i < groups_.size(); ++i) {
    const ParameterGroup& group = groups_[i];
    torch::optim::OptimizerOptions& options = algorithm_.optimiser->param_groups()[i].options();
    const double rate = group.constant_lr ? schedule_.base_rate() : schedule_.rate(step);
    options.set_lr(rate * group.lr_scale);
    algorithm_.set_decay(options, group.weight_decay ? schedule_.weight_decay(step) : 0.0);
  }
  if (clip_norm_ > 0) clip_gradients();
  algorithm_.optimiser->step();
  algorithm_.optimiser->zero_grad();
}

/// torch's clip_grad_norm_ reads the norm, for which every step would wait for the GPU.
void Optimiser::clip_gradients() const {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> gradients;
  for (const ParameterGroup& group : groups_) {
    for (const torch::Tensor& parameter : group.parameters) {
      if (parameter.grad().defined()) gradients.push_back(parameter.grad());
    }
  }
  if (gradients.empty()) return;
  torch::Tensor norms = torch::stack(at::_foreach_norm(gradients));
  if (!clip_each_) norms = norms.norm().expand_as(norms);
  at::_foreach_mul_(gradients, (clip_norm_ / (norms + 1e-6)).clamp_max(1).unbind());
}

}  // namespace sslx::train
