// An augmentation: one image operation of a view's recipe. Sampling and applying are apart:
// sample() draws a few numbers for one image on the host, apply() is a pure function of images and
// numbers. So a draw can be logged, replayed and compared with a reference, and does not depend on
// the batch.
#pragma once

#include <sslx/plugin.h>
#include <sslx/random.h>
#include <sslx/torch_base.h>

#include <span>

namespace sslx {

/// Height and width of an image in pixels, and its channels (1 gray, 3 RGB).
struct ImageShape {
  int64_t channels = 3;
  int64_t height = 0;
  int64_t width = 0;
};

class SSLX_API Augmentation {
 public:
  Augmentation() = default;
  Augmentation(const Augmentation&) = delete;
  Augmentation& operator=(const Augmentation&) = delete;
  virtual ~Augmentation();

  /// How many numbers sample() writes for one image; 0 for an operation without chance.
  virtual int64_t parameter_count() const = 0;

  /// Draws the numbers of one image of the given shape. Reads no other source of chance than
  /// `random`.
  virtual void sample(RandomStream& random, const ImageShape& shape,
                      std::span<float> parameters) const = 0;

  /// The images after the operation. `images` is [N, C, H, W], uint8 in 0..255 or float32 (then the
  /// image's values are in [0, 1] up to normalisation), contiguous, on any device; `parameters` is
  /// [N, parameter_count()] float32 on the CPU. Returns float32 [N, C', H', W'] on the images'
  /// device. The images are never changed for anyone else who holds them; when nobody does (the
  /// caller moved them here), their memory may serve the result. Throws Error(kInput) when the
  /// operation has no meaning for such images (colour ones on gray).
  virtual torch::Tensor apply(torch::Tensor images, const torch::Tensor& parameters) const = 0;

  /// The shape of what apply() returns for images of `shape`.
  virtual ImageShape output_shape(const ImageShape& shape) const;

  /// Whether the first four numbers of sample() are the top, left, height and width in pixels of
  /// the only part of the image that apply() reads, and apply() takes fractions for them. Then, as
  /// a recipe's first operation, it may be given less than the whole image, at a lower resolution
  /// of which the part has no fewer pixels than output_shape(): the host decodes no more of a file
  /// than that, and says in the four numbers where the part lies in it.
  virtual bool reads_only_a_box() const;
};

/// An operation without chance.
class SSLX_API Fixed : public Augmentation {
 public:
  ~Fixed() override;
  int64_t parameter_count() const override { return 0; }
  void sample(RandomStream&, const ImageShape&, std::span<float>) const override {}
};

/// An operation that an image has as often as the plugin's parameter `probability` says, and that
/// draws nothing else: the one number of an image is 1 or 0.
class SSLX_API Sometimes : public Augmentation {
 public:
  ~Sometimes() override;
  int64_t parameter_count() const override { return 1; }
  void sample(RandomStream& random, const ImageShape& shape,
              std::span<float> parameters) const override;

 protected:
  explicit Sometimes(const Parameters& parameters);

 private:
  float probability_;
};

/// A least and a most value.
struct Range {
  double low = 0;
  double high = 0;
};

/// The list `name` of the parameters of `plugin`, which must be two numbers in order; throws
/// Error(kInput) otherwise.
SSLX_API Range range_of(const Parameters& parameters, const char* plugin, const char* name);

/// Uniform in the range.
SSLX_API float drawn(RandomStream& random, const Range& range);

/// The same with the given probability, else 0; as many numbers are drawn in either case.
SSLX_API float drawn_sometimes(RandomStream& random, float probability, const Range& range);

/// uint8 0..255 to float32 0..1; float32 is returned as it is.
SSLX_API torch::Tensor to_unit_float(const torch::Tensor& images);

#define SSLX_AUGMENTATION(TYPE, NAME, VERSION, SUMMARY, PAPER, PARAMETERS)                         \
  SSLX_PLUGIN_("augmentation", NAME, VERSION, SUMMARY, PAPER, PARAMETERS, nullptr, nullptr,        \
               [](const ::sslx::Parameters& parameters) -> std::unique_ptr<::sslx::Augmentation> { \
                 return std::make_unique<TYPE>(parameters);                                        \
               })

}  // namespace sslx
