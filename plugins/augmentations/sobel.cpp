// Sobel filter: the strength of the luma's edges in every channel (SimCLR's Figure 5), or its two
// derivatives as an image of two channels (the input of DeepCluster).
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

namespace {

constexpr std::array kParameters{
    sslx::choice("output", "magnitude", "magnitude|gradients",
                 "edges in every channel, or the derivatives along x and y in two"),
    sslx::real("probability", 1.0, "how often an image is filtered; gradients: always")
        .between(0, 1)};

class Sobel : public sslx::Augmentation {
 public:
  explicit Sobel(const sslx::Parameters& parameters)
      : gradients_(parameters.choice("output") == "gradients"),
        probability_(static_cast<float>(parameters.real("probability"))) {
    if (gradients_ && probability_ != 1) {
      throw sslx::input_error("sobel's probability must be 1 when its output is gradients");
    }
  }

  int64_t parameter_count() const override { return gradients_ ? 0 : 1; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    if (!gradients_) out[0] = random.flag(probability_);
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& flags) const override {
    return gradients_ ? sslx::image_ops::sobel_gradients(std::move(images))
                      : sslx::image_ops::sobel(std::move(images), flags);
  }

  sslx::ImageShape output_shape(const sslx::ImageShape& shape) const override {
    return gradients_ ? sslx::ImageShape{2, shape.height, shape.width} : shape;
  }

 private:
  bool gradients_;
  float probability_;
};

}  // namespace

SSLX_AUGMENTATION(Sobel, "sobel", "1.0.0", "the edges of the image in place of its colours",
                  "Chen et al. 2020, arXiv:2002.05709, figure 4", kParameters);
