// A method small enough to be fine-tuned in a test, and images whose class is their colour.
#pragma once

#include <fmt/format.h>
#include <sslx/method.h>
#include <sslx/torch.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "host/data/images.h"
#include "host/data/view_pipeline.h"
#include "host/record/journal.h"

namespace sslx::evaluate::test {

class TinyBackbone : public Backbone {
 public:
  TinyBackbone()
      : conv_(register_module(
            "conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 8, 3).padding(1).bias(false)))),
        norm_(register_module("norm", torch::nn::BatchNorm2d(8))) {}
  torch::Tensor forward(const torch::Tensor& images) override {
    return norm_->forward(conv_->forward(images)).relu().mean({2, 3});
  }
  int64_t feature_dim() const override { return 8; }

 private:
  torch::nn::Conv2d conv_;
  torch::nn::BatchNorm2d norm_;
};

/// Its features for fine-tuning come from the first layer of its head, as SimCLR v2's; evaluation
/// would read something else. Half of what they read is frozen in the method's own training.
class TinyMethod : public Method {
 public:
  TinyMethod()
      : backbone_(register_module("backbone", std::make_shared<TinyBackbone>())),
        head_(register_module("head", torch::nn::Linear(8, 6))) {
    register_buffer("queue", torch::randn({4, 6}));
    for (torch::Tensor& parameter : backbone_->parameters()) parameter.requires_grad_(false);
  }
  Loss loss(const Batch&) override { return {torch::zeros({}), {}}; }
  torch::Tensor embed(const torch::Tensor&) override { TORCH_CHECK(false, "not for fine-tuning"); }
  torch::Tensor transfer_features(const torch::Tensor& images) override {
    const torch::AutoGradMode gradient(with_gradient && torch::GradMode::is_enabled());
    return head_->forward(backbone_->forward(images)).relu();
  }
  bool with_gradient = true;

 private:
  std::shared_ptr<TinyBackbone> backbone_;
  torch::nn::Linear head_;
};

/// `count` images of 6 x 6 pixels in three classes: red, green or blue is bright, the rest noise.
struct Colours {
  explicit Colours(int64_t count, uint64_t seed = 0) {
    torch::manual_seed(seed);
    labels = torch::arange(count).remainder(3);
    torch::Tensor pixels = torch::randint(0, 120, {count, 3, 6, 6}).to(torch::kUInt8);
    for (int64_t i = 0; i < count; ++i) pixels[i][labels[i].item<int64_t>()].add_(100);
    images = data::Images(pixels);
  }
  data::ViewPipeline views() const { return {images, labels, {data::Recipe{}}, 1, 0}; }
  Batch batch() const {
    std::vector<int64_t> all(static_cast<size_t>(labels.size(0)));
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
    return views().make(0, all);
  }
  data::Images images;
  torch::Tensor labels;
};

/// A journal that is removed with it, and its lines of metrics.
class TinyJournal {
 public:
  ~TinyJournal() { std::filesystem::remove(file_); }
  train::Journal& operator*() { return journal_; }
  std::vector<nlohmann::json> metrics() const {
    std::vector<nlohmann::json> out;
    std::ifstream in(file_);
    for (std::string line; std::getline(in, line);) {
      nlohmann::json parsed = nlohmann::json::parse(line);
      if (parsed.at("event") == "metric") out.push_back(std::move(parsed));
    }
    return out;
  }

 private:
  /// Removes what an earlier test left.
  static std::filesystem::path fresh() {
    const auto file =
        std::filesystem::temp_directory_path() / fmt::format("sslx_tiny_{}.jsonl", ::getpid());
    std::filesystem::remove(file);
    return file;
  }
  std::filesystem::path file_ = fresh();
  train::Journal journal_{file_};
};

inline torch::Tensor unit_float(const torch::Tensor& images) {
  return images.to(torch::kFloat32) / 255;
}

inline nlohmann::json sgd_config(double lr) {
  return {{"optimizer", "sgd"},   {"lr", lr},
          {"batch_size", 30},     {"momentum", 0.9},
          {"weight_decay", 0.},   {"warmup_epochs", 0.},
          {"schedule", "cosine"}, {"lr_scaling", "none"}};
}

}  // namespace sslx::evaluate::test
