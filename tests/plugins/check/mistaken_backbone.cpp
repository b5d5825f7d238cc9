// A backbone with one mistake, for the tests of what finds it.
#include <sslx/backbone.h>
#include <sslx/torch.h>

#include <random>
#include <stdexcept>
#include <string>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::choice("mistake", "right",
                 "right|part|mean|image|width|unused|batch|seed|gradient|bf16|making",
                 "what is wrong with it"),
    sslx::integer("expected_size", 0, "pixels of an image that it must be told of; 0: any")
        .at_least(0)};

constexpr int64_t kWidth = 8;

class Twice : public torch::autograd::Function<Twice> {
 public:
  static Tensor forward(torch::autograd::AutogradContext*, const Tensor& x) { return x.clone(); }
  static std::vector<Tensor> backward(torch::autograd::AutogradContext*,
                                      const std::vector<Tensor>& outer) {
    return {2 * outer[0]};
  }
};

class Mistaken : public sslx::Backbone {
 public:
  explicit Mistaken(const sslx::BackboneContext& context)
      : mistake_(context.parameters.choice("mistake")),
        first_(nn::Conv2dOptions(context.input_channels, kWidth, 3).stride(2)),
        second_(nn::Conv2dOptions(kWidth, kWidth, 3).stride(2)) {
    if (mistake_ == "making") throw std::runtime_error("it cannot be made");
    const int64_t expected = context.parameters.integer("expected_size");
    if (expected > 0 && (context.image_height != expected || context.image_width != expected)) {
      throw std::runtime_error("it is told of images of " + std::to_string(context.image_height) +
                               " x " + std::to_string(context.image_width));
    }
    if (mistake_ != "part") register_module("first", first_);
    register_module("second", second_);
    if (mistake_ == "unused") register_module("third", nn::Linear(kWidth, kWidth));
    mean_ = torch::zeros({kWidth, 1, 1});
    if (mistake_ != "mean") mean_ = register_buffer("mean", mean_);
  }

  Tensor forward(const Tensor& images) override {
    if (mistake_ == "image") Tensor(images).mul_(0.5);
    Tensor x = first_->forward(images).relu();
    if (is_training()) {
      const torch::NoGradGuard guard;
      mean_.lerp_(x.mean({0, 2, 3}).view({kWidth, 1, 1}).to(mean_.scalar_type()), 0.5);
    }
    x = sslx::mean_pooled(second_->forward(x - mean_).relu());
    if (mistake_ == "gradient") x = Twice::apply(x);
    // Lost beside 256, from where bf16 counts by twos.
    if (mistake_ == "bf16") x = (x + 256) - 256;
    if (mistake_ == "batch") x = x - x.mean(0);
    if (mistake_ == "seed") x = x + std::uniform_real_distribution<float>()(device_);
    return x;
  }
  int64_t feature_dim() const override { return mistake_ == "width" ? 2 * kWidth : kWidth; }

 private:
  std::string mistake_;
  nn::Conv2d first_, second_;
  Tensor mean_;
  std::random_device device_;
};

}  // namespace

SSLX_BACKBONE(Mistaken, "mistaken_backbone", "1.0.0", "has one mistake", "", kParameters);
