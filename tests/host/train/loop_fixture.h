// A small trial for the tests of the loop: a linear network on random images, in double precision
// and without batch norm, so that a batch and its parts must agree to many digits.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include "host/train/pretraining.h"

namespace sslx::test {

/// Each image's loss is its own. Writes down the steps that it is told of.
class Linear : public Method {
 public:
  explicit Linear(int64_t width = 5) {
    torch::manual_seed(3);
    weight_ = register_parameter("weight", torch::randn({12, width}, torch::kFloat64));
    frozen_ = register_module("frozen", torch::nn::Dropout());
  }
  void train(bool on) override {
    Method::train(on);
    frozen_->eval();
  }
  Loss loss(const Batch& batch) override {
    ++losses;
    if (losses == stop_at) *stop = true;
    if (losses == diverge_at) return {weight_.sum() * std::nan(""), {}};
    const torch::Tensor z = outputs(batch.views[0]);
    EXPECT_FALSE(frozen_->is_training());
    sizes.push_back(batch.indices.size(0));
    const auto at = static_cast<size_t>(losses - 1);
    const double spread = at < deviations.size() ? deviations[at] : deviation;
    return {z.tanh().square().sum(1).mean(), {{"output_deviation", torch::tensor(spread)}}, 9.0};
  }
  void after_step(const Step& step) override { steps.push_back(step); }
  torch::Tensor embed(const torch::Tensor& images) override {
    TORCH_CHECK(!refuses, "these images are too small");
    EXPECT_FALSE(is_training());
    return outputs(images);
  }

  std::vector<Step> steps;
  std::vector<int64_t> sizes;  ///< Of the batches.
  int losses = 0;
  int diverge_at = -1;
  int stop_at = -1;  ///< The loss at which `stop` is set.
  std::atomic<bool>* stop = nullptr;
  double deviation = 1;
  std::vector<double> deviations;  ///< Of each loss, while there are some.
  bool refuses = false;

 private:
  torch::Tensor outputs(const torch::Tensor& images) const {
    return torch::mm(images.flatten(1).to(torch::kFloat64), weight_);
  }
  torch::Tensor weight_;
  torch::nn::Dropout frozen_{nullptr};
};

class LoopTest : public ::testing::Test {
 protected:
  ~LoopTest() override { std::filesystem::remove(file_); }

  train::LoopResult run(const std::shared_ptr<Linear>& method, const nlohmann::json& changes,
                        bool watched = false) {
    nlohmann::json config{{"epochs", 3},         {"batch_size", 16},     {"drop_last", true},
                          {"lr", 0.1},           {"lr_scaling", "none"}, {"momentum", 0.9},
                          {"weight_decay", 0.0}, {"schedule", "cosine"}, {"warmup_epochs", 0},
                          {"optimizer", "sgd"}};
    config.update(changes.is_null() ? nlohmann::json::object() : changes);
    std::filesystem::remove(file_);
    train::Journal journal(file_);
    const torch::Tensor labels = torch::zeros({images_}, torch::kInt64);
    torch::manual_seed(7);
    const torch::Tensor pixels = torch::randint(0, 256, {images_, 3, 2, 2}, torch::kUInt8);
    data::ViewPipeline views(data::Images(pixels), labels, {{}, {}}, 1, 0);
    train::FeatureWatch watch(*method, views, machine_,
                              {.channels = 3, .first_draw = 3, .images = 30, .batch_size = 8});
    const std::vector<ParameterGroup> groups = method->parameter_groups();
    train::PretrainingParts parts{*method, groups, journal};
    if (watched) parts.watch = &watch;
    train::LoopParts loop{views, machine_, stop_};
    stop_ = false;
    method->stop = &stop_;
    if (!with_checkpoints_) return train::pretrain(parts, loop, config, 5);
    with_checkpoints_(journal, loop);
    return train::pretrain(parts, loop, config, 5);
  }

  /// The journal's lines of an event.
  std::vector<nlohmann::json> lines(const std::string& event) const {
    std::vector<nlohmann::json> out;
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) {
      nlohmann::json parsed = nlohmann::json::parse(line);
      if (parsed.at("event") == event) out.push_back(std::move(parsed));
    }
    return out;
  }

  /// The lines of steps, without those of the layers' gradients.
  std::vector<nlohmann::json> recorded() const {
    std::vector<nlohmann::json> out = lines("metric");
    std::erase_if(out, [](const auto& line) { return !line.at("values").contains("loss"); });
    return out;
  }

  /// Gives the loop its checkpoints, where it is to have some.
  std::function<void(train::Journal&, train::LoopParts&)> with_checkpoints_;
  int64_t images_ = 40;
  std::atomic<bool> stop_ = false;
  train::Machine machine_;
  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / fmt::format("sslx_loop_{}.jsonl", ::getpid());
};

inline torch::Tensor weight_of(const Method& method) {
  return method.named_parameters()["weight"].detach().clone();
}

}  // namespace sslx::test
