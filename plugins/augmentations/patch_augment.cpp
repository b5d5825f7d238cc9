// Each patch of a stack on its own: flip, turn, colour jitter, colour drop, and the loss of all
// colour channels but one, so that what neighbouring patches share is no longer their colour (CPC
// v2's patch augmentation). It follows `patches` in a recipe; `normalize` comes later.
#include <sslx/patch_stack.h>

#include "jitter.h"

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("flip", 0.5, "how often a patch is mirrored").between(0, 1),
    sslx::real("turn", 0.0, "most degrees that a patch is turned by, either way").between(0, 180),
    sslx::real("jitter", 0.8, "how often a patch's colours are changed").between(0, 1),
    sslx::real("brightness", 0.4, "strength of brightness").at_least(0),
    sslx::real("contrast", 0.4, "strength of contrast").at_least(0),
    sslx::real("saturation", 0.4, "strength of saturation").at_least(0),
    sslx::real("hue", 0.1, "strength of hue, in turns").between(0, 0.5),
    sslx::real("grayscale", 0.2, "how often a patch loses its colour").between(0, 1),
    sslx::real("drop", 0.5, "how often a patch keeps one colour channel only").between(0, 1)};

/// The columns of a patch's numbers: those of each operation, as image_ops takes them.
enum Column : int64_t {
  kFlip,
  kTurn,
  kJitter,
  kGray = kJitter + sslx::image_ops::kJitterParameters,
  kKept,
  kColumns
};

class PatchAugment : public sslx::Augmentation {
 public:
  explicit PatchAugment(const sslx::Parameters& parameters)
      : jitter_(parameters, parameters.real("jitter")) {
    const auto value = [&](const char* name) { return static_cast<float>(parameters.real(name)); };
    flip_ = value("flip");
    turn_ = value("turn");
    grayscale_ = value("grayscale");
    drop_ = value("drop");
  }

  /// The key of a random stream for all patches of the image, since their count depends on it.
  int64_t parameter_count() const override { return 2; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    for (float& half : out) half = random.key();
  }

  Tensor apply(Tensor images, const Tensor& keys) const override {
    namespace ops = sslx::image_ops;
    const int64_t count = images.size(0);
    const int64_t per_image = sslx::patch_count(images);
    // A copy of its own, which the operations may change.
    Tensor patches =
        sslx::unstacked(sslx::to_unit_float(images)).clone(torch::MemoryFormat::Contiguous);
    const Tensor rows = draw(keys, per_image, patches.size(1));
    const auto columns = [&](int64_t first, int64_t width = 1) {
      return rows.narrow(1, first, width).contiguous();
    };
    patches = ops::horizontal_flip(std::move(patches), columns(kFlip));
    if (turn_ > 0) patches = ops::rotate(std::move(patches), columns(kTurn));
    patches = ops::color_jitter(std::move(patches), columns(kJitter, ops::kJitterParameters));
    patches = ops::grayscale(std::move(patches), columns(kGray));
    return sslx::stacked(dropped(patches, columns(kKept)), count);
  }

 private:
  /// Gray is about the mean of natural images, so that `normalize` makes about 0 of it.
  static Tensor dropped(const Tensor& patches, const Tensor& kept) {
    const Tensor channels = torch::arange(patches.size(1));
    const Tensor stays = (kept < 0).logical_or(kept == channels);
    return torch::where(stays.view({-1, patches.size(1), 1, 1}).to(patches.device()), patches, 0.5);
  }

  /// One row a patch.
  Tensor draw(const Tensor& keys, int64_t per_image, int64_t channels) const {
    Tensor out = torch::empty({keys.size(0) * per_image, kColumns});
    float* row = out.mutable_data_ptr<float>();
    for (int64_t n = 0; n < keys.size(0); ++n) {
      const auto low = static_cast<uint64_t>(keys[n][0].item<float>());
      const auto high = static_cast<uint64_t>(keys[n][1].item<float>());
      sslx::RandomStream random(low | high << 24U);
      for (int64_t patch = 0; patch < per_image; ++patch, row += kColumns)
        draw_one(random, channels, row);
    }
    return out;
  }

  void draw_one(sslx::RandomStream& random, int64_t channels, float* row) const {
    row[kFlip] = random.flag(flip_);
    row[kTurn] = random.uniform(-turn_, turn_);
    jitter_.draw(random, {row + kJitter, sslx::image_ops::kJitterParameters});
    row[kGray] = random.flag(grayscale_);
    const bool drops = random.bernoulli(drop_);
    const auto kept = static_cast<float>(random.below(static_cast<uint32_t>(channels)));
    row[kKept] = drops ? kept : -1.0F;
  }

  sslx::Jitter jitter_;
  float flip_, turn_, grayscale_, drop_;
};

}  // namespace

SSLX_AUGMENTATION(PatchAugment, "patch_augment", "1.0.0",
                  "flip, colour jitter and channel drop of each patch of a stack",
                  "Henaff et al. 2019, arXiv:1905.09272, section 3 and appendix", kParameters);
