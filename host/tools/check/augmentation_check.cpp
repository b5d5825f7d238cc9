#include "host/tools/check/augmentation_check.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "host/machine/load.h"
#include "host/tools/check/speed.h"
#include "host/train/first_loss.h"
#include "host/train/snapshot.h"
#include "host/trial/components.h"

namespace sslx::check {
namespace {

using torch::Tensor;

constexpr int64_t kAugmented = 8;
constexpr float kUntouched = -12345.5F;

std::string text_of(const ImageShape& shape) {
  return fmt::format("[{}, {}, {}]", shape.channels, shape.height, shape.width);
}

class AugmentationCheck {
 public:
  AugmentationCheck(const train::TrialRequest& request, int64_t channels, int64_t side,
                    Lines& lines)
      : request_(request), lines_(lines), shape_{channels, side, side}, components_(request) {}

  void run() {
    if (!lines_.begin("made", [this] { begin(); })) return;
    lines_.check("draws", [this] { return draws(); });
    lines_.check("same seed", [this] { return same_seed(); });
    lines_.check("shapes", [this] { return shapes(); });
    lines_.check("images", [this] { return images(); });
    lines_.check("each image alone", [this] { return each_alone(); });
    lines_.check("other chance", [this] { return other_chance(); });
    lines_.check("speed", [this] { return speed(); });
  }

 private:
  /// One that has no meaning for such images refuses here.
  void begin() {
    made_ = components_.recipe(request_.config.at("ops")).at(0).augmentation;
    torch::manual_seed(0);
    const auto [channels, height, width] = shape_;
    bytes_ = torch::randint(256, {kAugmented, channels, height, width}, torch::kByte);
    // A smooth image beside those of noise.
    bytes_[0] = torch::linspace(0, 255, channels * height * width).view({channels, height, width});
    numbers_ = draw_all(1);
    applied(bytes_, numbers_);
  }

  /// The numbers of one image, with room behind them to see what is written there.
  std::vector<float> draw(uint64_t seed, int64_t image) const {
    const auto count = static_cast<size_t>(made_->parameter_count());
    std::vector<float> out(count + 4, kUntouched);
    RandomStream random(seed, {.image = static_cast<uint32_t>(image)});
    made_->sample(random, shape_, std::span(out.data(), count));
    return out;
  }

  Tensor draw_all(uint64_t seed) const {
    const int64_t count = made_->parameter_count();
    const Tensor out = torch::zeros({kAugmented, count});
    for (int64_t image = 0; image < kAugmented; ++image) {
      const std::vector<float> row = draw(seed, image);
      for (int64_t i = 0; i < count; ++i) out[image][i] = row[static_cast<size_t>(i)];
    }
    return out;
  }

  Tensor applied(const Tensor& images, const Tensor& numbers) const {
    const torch::NoGradGuard guard;
    return made_->apply(images.clone(), numbers);
  }

  Outcome draws() const {
    const auto count = static_cast<size_t>(made_->parameter_count());
    for (int64_t image = 0; image < kAugmented; ++image) {
      const std::vector<float> row = draw(1, image);
      for (size_t i = 0; i < row.size(); ++i) {
        const bool own = i < count;
        if (own && row[i] == kUntouched) {
          return wrong(
              fmt::format("sample() leaves number {} of {} as it was; parameter_count() "
                          "says that it writes as many",
                          i, count));
        }
        if (!own && row[i] != kUntouched) {
          return wrong(
              fmt::format("sample() writes more than the {} numbers that parameter_count() "
                          "says",
                          count));
        }
        if (own && !std::isfinite(row[i])) {
          return wrong(fmt::format("number {} of sample() is {}", i, row[i]));
        }
      }
    }
    return passed(fmt::format("{} numbers for an image", count));
  }

  Outcome same_seed() const {
    if (!draw_all(1).equal(numbers_)) {
      return wrong(
          "sample() draws other numbers from the same stream; it must read no other source "
          "of chance, and keep nothing");
    }
    if (applied(bytes_, numbers_).equal(applied(bytes_, numbers_))) return passed();
    return wrong(
        "apply() makes another image of the same image and numbers; it must be a pure "
        "function of them");
  }

  Outcome shapes() const {
    const ImageShape promised = made_->output_shape(shape_);
    const Tensor floats = to_unit_float(bytes_);
    for (const Tensor& images : {bytes_, floats}) {
      const Tensor out = applied(images, numbers_);
      const char* const from = images.is_floating_point() ? "float32" : "uint8";
      const bool fits = out.dim() == 4 && out.size(0) == kAugmented &&
                        out.size(1) == promised.channels && out.size(2) == promised.height &&
                        out.size(3) == promised.width;
      if (!fits) {
        return wrong(fmt::format("apply() gives [{}] of {} images {}; output_shape() says {}",
                                 fmt::join(out.sizes(), ", "), kAugmented, text_of(shape_),
                                 text_of(promised)));
      }
      if (out.scalar_type() != torch::kFloat32) {
        return wrong(fmt::format("apply() gives {} of {} images; it must be float32",
                                 out.dtype().name(), from));
      }
      if (!out.isfinite().all().item<bool>()) {
        return wrong(
            fmt::format("apply() gives numbers that are none (nan or inf) of {} images", from));
      }
    }
    return passed(fmt::format("{} to {}", text_of(shape_), text_of(promised)));
  }

  /// Images that somebody else holds.
  Outcome images() const {
    for (const Tensor& images : {bytes_.clone(), to_unit_float(bytes_).clone()}) {
      const Tensor before = images.clone();
      const Tensor numbers = numbers_.clone();
      const torch::NoGradGuard guard;
      made_->apply(images, numbers);
      if (!images.equal(before)) {
        return wrong(
            fmt::format("apply() changes the {} images that it is given, which somebody else "
                        "holds; an operation whose name ends with _ wants a clone()",
                        images.is_floating_point() ? "float32" : "uint8"));
      }
      if (!numbers.equal(numbers_)) return wrong("apply() changes the numbers that it is given");
    }
    return passed();
  }

  Outcome each_alone() const {
    const Tensor all = applied(bytes_, numbers_);
    for (int64_t image = 0; image < kAugmented; ++image) {
      const Tensor one = applied(bytes_.narrow(0, image, 1), numbers_.narrow(0, image, 1));
      if (one.allclose(all.narrow(0, image, 1), 1e-5, 1e-6)) continue;
      return wrong(
          fmt::format("apply() makes another image of image {} alone than among {}; an image must "
                      "not depend on "
                      "the batch",
                      image, kAugmented));
    }
    return passed();
  }

  /// Nothing of it may draw from torch's generator, which modules initialise themselves from.
  Outcome other_chance() const {
    const Tensor before = train::random_state(at::detail::getDefaultCPUGenerator());
    draw_all(2);
    applied(bytes_, numbers_);
    if (train::random_state(at::detail::getDefaultCPUGenerator()).equal(before)) return passed();
    return wrong(
        "it draws from torch's generator; all chance is drawn by sample() from its RandomStream");
  }

  Outcome speed() const {
    return images_a_second(kAugmented, machine::usual_threads(),
                           [this] { applied(bytes_, numbers_); });
  }

  const train::TrialRequest& request_;
  Lines& lines_;
  ImageShape shape_;
  train::Components components_;
  std::shared_ptr<Augmentation> made_;
  Tensor bytes_;
  Tensor numbers_;
};

}  // namespace

void check_augmentation(const train::TrialRequest& request, int64_t channels, int64_t side,
                        Lines& lines) {
  AugmentationCheck(request, channels, side, lines).run();
}

}  // namespace sslx::check
