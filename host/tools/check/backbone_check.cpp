#include "host/tools/check/backbone_check.h"

#include <fmt/format.h>

#include "host/tools/check/outputs.h"
#include "host/tools/check/speed.h"
#include "host/train/device.h"
#include "host/train/first_loss.h"
#include "host/trial/components.h"
#include "host/weights/safetensors.h"
#include "host/weights/weights.h"

namespace sslx::check {
namespace {

using torch::Tensor;

constexpr int64_t kBatch = 8;

/// A fixed sum of the features, which every one of them moves.
Tensor summed(const Tensor& features) {
  const Tensor weights =
      torch::linspace(0.5, 1.5, features.size(1), features.options().requires_grad(false));
  return (features * weights).square().mean();
}

class BackboneCheck {
 public:
  BackboneCheck(const train::TrialRequest& request, int64_t channels, int64_t side, Lines& lines)
      : request_(request),
        lines_(lines),
        machine_(train::resolve_machine(request.execution,
                                        {{"precision", "fp32"}, {"channels_last", "off"}})),
        channels_(channels),
        side_(side) {}

  void run() {
    if (!lines_.begin("made", [this] { begin(); })) return;
    lines_.check("features", [this] { return features(); });
    lines_.check("images", [this] { return images(); });
    lines_.check("registered", [this] { return registered(); });
    lines_.check("gradients", [this] { return gradients(); });
    lines_.check("same seed", [this] { return same_seed(); });
    lines_.check("save and load", [this] { return save_and_load(); });
    lines_.check("finite differences", [this] { return differences(); });
    lines_.check("bf16", [this] { return bf16(); });
    lines_.check("speed", [this] { return speed(); });
  }

 private:
  std::shared_ptr<Backbone> make(uint64_t seed) const {
    torch::manual_seed(seed);
    train::Components components(request_);
    components.set_image_size(side_, side_);
    return components.backbone(channels_);
  }

  /// One that has no place for images of this size refuses here.
  void begin() {
    network_ = make(1);
    torch::manual_seed(0);
    images_ = torch::randn({kBatch, channels_, side_, side_});
    forward(*network_, images_);
  }

  static Tensor forward(Backbone& network, const Tensor& images) {
    torch::manual_seed(5);  // of what it draws itself, as dropout does
    return network.forward(images);
  }

  Outcome features() {
    const int64_t width = network_->feature_dim();
    std::string wrong =
        wrong_rows(forward(*network_, images_), kBatch, width, "forward() in training mode");
    if (!wrong.empty()) return check::wrong(wrong);
    const torch::NoGradGuard guard;
    network_->eval();
    const Tensor all = forward(*network_, images_);
    wrong = wrong_rows(all, kBatch, width, "forward() in evaluation mode");
    if (wrong.empty()) {
      const Tensor one = forward(*network_, images_.narrow(0, 0, 1));
      wrong = wrong_rows(one, 1, width, "forward() in evaluation mode");
      if (wrong.empty()) wrong = depends_on_batch(one, all.narrow(0, 0, 1), "forward()");
    }
    network_->train();
    return unless(wrong);
  }

  Outcome images() {
    const Batch batch{{images_}, {}, {}};
    const train::Untouched before(batch);
    forward(*network_, images_);
    return unless(before.changed("forward()"));
  }

  Outcome registered() {
    const std::string found =
        train::unregistered_leaves(summed(forward(*network_, images_)), *network_);
    registered_ = found.empty();
    return unless(found);
  }

  Outcome gradients() {
    summed(forward(*network_, images_)).backward();
    ParameterGroup all;
    for (const Tensor& parameter : network_->parameters()) {
      if (parameter.requires_grad()) all.parameters.push_back(parameter);
    }
    const std::string found = train::without_gradient(*network_, {all}, {});
    drop_gradients();
    return unless(found);
  }

  Outcome same_seed() const {
    const auto one = make(7);
    const auto two = make(7);
    const train::State expected = train::module_state(*one);
    for (const auto& [name, tensor] : train::module_state(*two)) {
      if (!is_same(tensor, expected.at(name))) {
        return wrong(
            fmt::format("two networks made with the same seed begin with another {}; "
                        "numbers are drawn from torch's generator, which the host seeds",
                        name));
      }
    }
    if (is_same(forward(*one, images_), forward(*two, images_))) return passed();
    return wrong(
        "two networks made with the same seed give other features; numbers are drawn from torch's "
        "generator, which the host seeds");
  }

  /// After some passes in training mode, so that running statistics are no longer those at first.
  Outcome save_and_load() const {
    const auto saved = make(1);
    for (int i = 0; i < 3; ++i) forward(*saved, images_);
    const auto loaded = make(2);
    train::load_state(*loaded, train::module_state(*saved), "the saved network");
    const torch::NoGradGuard guard;
    for (const bool training : {false, true}) {
      saved->train(training);
      loaded->train(training);
      if (is_same(forward(*saved, images_), forward(*loaded, images_))) continue;
      return wrong(fmt::format(
          "loaded into a new network, in {} mode the features differ: something that it is made "
          "with, or keeps between passes, is neither parameter nor buffer",
          training ? "training" : "evaluation"));
    }
    return passed();
  }

  Outcome differences() const {
    if (!registered_) return does_not_apply("see `registered`");
    const auto network = make(1);
    Named weights;
    std::vector<Tensor> all;
    for (auto& item : network->named_parameters()) {
      all.push_back(item.value());
      if (item->requires_grad()) weights.emplace_back(item.key(), item.value());
    }
    for (auto& item : network->named_buffers()) all.push_back(item.value());
    for (Tensor& tensor : all) {
      if (tensor.is_floating_point()) tensor.set_data(tensor.to(torch::kFloat64));
    }
    std::vector<Tensor> start;
    for (const Tensor& tensor : all) start.push_back(tensor.detach().clone());
    const Tensor images = images_.narrow(0, 0, kBatch / 2).to(torch::kFloat64);
    return said(gradient_agreement(weights, [&](const std::function<void()>& move) {
      {
        const torch::NoGradGuard guard;
        for (size_t i = 0; i < all.size(); ++i) all[i].copy_(start[i]);
      }
      move();
      return summed(forward(*network, images));
    }));
  }

  Outcome bf16() {
    const Tensor full = forward(*network_, images_).detach();
    Tensor half;
    {
      const train::Autocast autocast(torch::kCPU, true);
      half = forward(*network_, images_).to(torch::kFloat32);
    }
    summed(half).backward();
    std::string broken;
    for (const auto& item : network_->named_parameters()) {
      const Tensor& grad = item->grad();
      if (grad.defined() && !grad.isfinite().all().item<bool>()) broken = item.key();
    }
    drop_gradients();
    if (!broken.empty()) {
      return wrong(fmt::format("under autocast to bf16 the gradient of {} is no number", broken));
    }
    return compare_features(full, half.detach());
  }

  void drop_gradients() {
    for (const Tensor& parameter : network_->parameters()) parameter.mutable_grad().reset();
  }

  Outcome speed() {
    return images_a_second(kBatch, machine_.threads, [this] {
      summed(forward(*network_, images_)).backward();
      drop_gradients();
    });
  }

  const train::TrialRequest& request_;
  Lines& lines_;
  train::Machine machine_;
  int64_t channels_;
  int64_t side_;
  std::shared_ptr<Backbone> network_;
  Tensor images_;
  bool registered_ = true;
};

}  // namespace

void check_backbone(const train::TrialRequest& request, int64_t channels, int64_t side,
                    Lines& lines) {
  BackboneCheck(request, channels, side, lines).run();
}

}  // namespace sslx::check
