// A method with one mistake of those that stop no training, for the tests of what finds it. Without
// one it is InfoNCE among the views of a batch, of centred outputs.
#include <sslx/method.h>
#include <sslx/modules.h>
#include <sslx/shards.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <random>
#include <thread>

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::choice("parts", "right", "right|head|backbone|groups|left_out|detached|copy|gradient",
                 "what is not registered, or has no or a wrong gradient"),
    sslx::choice("state", "right", "right|centre|reassigned|counter|made|seed",
                 "what is kept between steps elsewhere than in a buffer"),
    sslx::choice("output", "right",
                 "right|vector|diagnostic|graph|undeclared|flat|alone|changes|bf16|no_number|"
                 "judged_loss|judged_diagnostic|trained_embed|transfer",
                 "what loss() and embed() return"),
    sslx::choice("batch", "right", "right|view|image|separable|places|crash|hang|throw",
                 "what becomes of a batch")};

constexpr int64_t kWidth = 16;

/// Its gradient is twice what it should be.
class Twice : public torch::autograd::Function<Twice> {
 public:
  static Tensor forward(torch::autograd::AutogradContext*, const Tensor& x) { return x.clone(); }
  static std::vector<Tensor> backward(torch::autograd::AutogradContext*,
                                      const std::vector<Tensor>& outer) {
    return {2 * outer[0]};
  }
};

class Mistaken : public sslx::Method {
 public:
  explicit Mistaken(const sslx::MethodContext& context)
      : parts_(context.parameters.choice("parts")),
        state_(context.parameters.choice("state")),
        output_(context.parameters.choice("output")),
        batch_(context.parameters.choice("batch")),
        group_(context.group),
        backbone_(context.make_backbone()),
        head_(backbone_->feature_dim(), kWidth) {
    if (parts_ != "backbone") register_module("backbone", backbone_);
    if (parts_ != "head" && parts_ != "groups") register_module("head", head_);
    if (parts_ == "copy") register_module("copy", torch::nn::Linear(kWidth, kWidth));
    centre_ = torch::zeros({kWidth});
    if (state_ != "centre") centre_ = register_buffer("centre", centre_);
    seen_ = register_buffer("seen", torch::zeros({}));
    if (state_ == "made") offset_ = torch::randn({kWidth});
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    go_wrong();
    Tensor first = batch.views[0];
    if (batch_ == "view") first.mul_(0.5);
    const Tensor z1 = project(first);
    const Tensor z2 = project(batch.views[1]);
    keep(z1);
    sslx::Loss out{value(z1, z2), {{"spread", sslx::output_deviation(z1)}}};
    if (state_ == "counter") out.value = out.value * (1 + 0.1 * steps_);
    if (output_ == "vector") out.value = (z1 - z2).square().sum(1);
    if (output_ == "no_number") out.value = out.value * NAN;
    if (output_ == "diagnostic") out.diagnostics["spread"] = z1.detach();
    if (output_ == "graph") out.diagnostics["spread"] = out.value * 2;
    if (output_ == "undeclared") out.diagnostics["other"] = out.value.detach();
    if (is_training()) return out;
    if (output_ == "judged_loss") out.value = (z1 - z2).square().sum(1);
    if (output_ == "judged_diagnostic") out.diagnostics["spread"] = z1.detach();
    return out;
  }

  void after_step(const sslx::Step&) override { ++steps_; }

  Tensor embed(const Tensor& images) override {
    if (batch_ == "image") Tensor(images).mul_(0.5);
    if (output_ == "changes") seen_.add_(1);
    Tensor features = backbone_->forward(images);
    if (output_ == "alone") features = features - features.mean(0);
    const bool flat = output_ == "flat" || (output_ == "trained_embed" && is_training());
    return flat ? features.unsqueeze(2) : features;
  }

  Tensor transfer_features(const Tensor& images) override {
    const Tensor features = backbone_->forward(images);
    return output_ == "transfer" && is_training() ? features.unsqueeze(2) : features;
  }

  bool separable() const override { return batch_ == "separable"; }

  std::vector<sslx::ParameterGroup> parameter_groups() override {
    if (parts_ == "left_out") return {{.parameters = backbone_->parameters()}};
    auto out = Method::parameter_groups();
    if (parts_ == "groups") out.push_back({.parameters = head_->parameters()});
    return out;
  }

 private:
  void go_wrong() const {
    if (batch_ == "crash") std::raise(SIGSEGV);
    if (batch_ == "throw") throw std::runtime_error("the loss gave up");
    while (batch_ == "hang") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

  Tensor project(const Tensor& view) {
    Tensor features = backbone_->forward(view);
    if (parts_ == "detached") features = features.detach();
    Tensor z = head_->forward(features) - centre_;
    if (offset_.defined()) z = z + offset_;
    if (parts_ == "gradient") z = Twice::apply(z);
    if (state_ == "seed") z = z + 1e-3 * std::uniform_real_distribution<float>()(device_);
    return z;
  }

  void keep(const Tensor& z) {
    if (!is_training()) return;
    const torch::NoGradGuard guard;
    const Tensor mean = z.mean(0).to(centre_.scalar_type());
    if (state_ == "reassigned") {
      centre_ = 0.5 * centre_ + 0.5 * mean;
    } else {
      centre_.lerp_(mean, 0.5);
    }
  }

  Tensor value(const Tensor& z1, const Tensor& z2) {
    if (output_ == "bf16") {
      // A similarity is lost beside 256, from where bf16 counts by twos.
      const auto beside = [](const Tensor& z) {
        const Tensor rows = sslx::unit_rows(z);
        return torch::cat({rows, rows.new_full({rows.size(0), 1}, 16)}, 1);
      };
      return (torch::mm(beside(z1), beside(z2).t()) - 256).square().mean();
    }
    if (batch_ == "places") {
      const Tensor own = torch::arange(z1.size(0));  // those of rank 0, whoever asks
      return sslx::softmax_over(sslx::unit_rows(z1), group_->gather(sslx::unit_rows(z2)), own, 0.5)
          .value;
    }
    return sslx::in_batch_info_nce(z1, z2, 0.5, *group_).value;
  }

  std::string parts_, state_, output_, batch_;
  std::shared_ptr<sslx::Group> group_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Linear head_;
  Tensor centre_, seen_, offset_;
  double steps_ = 0;
  std::random_device device_;
};

}  // namespace

SSLX_METHOD(Mistaken, "mistaken", "1.0.0", "has one mistake", "", kParameters);
SSLX_DIAGNOSTICS("spread");
