// Patches: a square grid of overlapping patches, stacked from top to bottom, row by row of the
// grid: [C, H, W] becomes [C, grid * grid * size, size]. With jitter each is a random crop of its
// cell, so that a network cannot follow lines across borders. CPC v1 on 256 pixels: 64-pixel
// patches, half overlapping, a grid of 7; jitter cuts 60-pixel patches out of them (van den Oord et
// al. 2018).
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <string>
#include <vector>

namespace {

constexpr std::array kParameters{
    sslx::integer("cell", 64, "side of a cell of the grid, in pixels").at_least(1),
    sslx::integer("stride", 32, "distance between neighbouring cells; less than `cell`: overlap")
        .at_least(1),
    sslx::integer("size", 0, "side of the patch that is cut out of a cell; 0: the whole cell")
        .at_least(0),
    sslx::boolean("jitter", true, "cut anywhere in the cell; false: at its centre")};

class Patches : public sslx::Augmentation {
 public:
  explicit Patches(const sslx::Parameters& parameters)
      : cell_(parameters.integer("cell")),
        stride_(parameters.integer("stride")),
        size_(parameters.integer("size") == 0 ? cell_ : parameters.integer("size")),
        jitter_(parameters.boolean("jitter")) {
    if (size_ > cell_) {
      throw sslx::input_error("patches' size is " + std::to_string(size_) + " and its cell " +
                              std::to_string(cell_) + "; a patch must fit into its cell");
    }
  }

  /// One number decides the offsets of all patches, since their count depends on the image. With
  /// nothing to decide there is none, and the operation serves an evaluation too.
  int64_t parameter_count() const override { return draws() ? 1 : 0; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    if (draws()) out[0] = random.key();
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& keys) const override {
    const torch::Tensor x = sslx::to_unit_float(
        sslx::image_ops::checked(std::move(images), "patches", /*any_channels=*/true));
    const sslx::ImageShape shape = output_shape({x.size(1), x.size(2), x.size(3)});
    // Where each pixel of each patch is in the image: its corner, and its place in the patch.
    const torch::Tensor line = torch::arange(size_, torch::kInt64);
    const torch::Tensor inside = (line * x.size(3)).unsqueeze(1) + line;
    const torch::Tensor places =
        corners(x, keys).view({x.size(0), 1, -1, 1}) + inside.view({1, -1});
    const torch::Tensor pixels = places.flatten(2).to(x.device()).expand({-1, x.size(1), -1});
    return x.flatten(2).gather(2, pixels).view({-1, shape.channels, shape.height, shape.width});
  }

  sslx::ImageShape output_shape(const sslx::ImageShape& shape) const override {
    if (shape.height < cell_ || shape.width < cell_) {
      throw sslx::input_error("patches' cell of " + std::to_string(cell_) +
                              " pixels does not fit images of " + std::to_string(shape.width) +
                              " x " + std::to_string(shape.height));
    }
    const int64_t down = (shape.height - cell_) / stride_ + 1;
    const int64_t across = (shape.width - cell_) / stride_ + 1;
    return {shape.channels, down * across * size_, size_};
  }

 private:
  bool draws() const { return jitter_ && size_ < cell_; }

  /// The upper left pixel of each patch, [N, P] as places in the flattened image.
  torch::Tensor corners(const torch::Tensor& x, const torch::Tensor& keys) const {
    std::vector<int64_t> out;
    for (int64_t n = 0; n < x.size(0); ++n) {
      sslx::RandomStream random(draws() ? static_cast<uint64_t>(keys[n][0].item<float>()) : 0);
      for (int64_t top = 0; top + cell_ <= x.size(2); top += stride_) {
        for (int64_t left = 0; left + cell_ <= x.size(3); left += stride_) {
          const int64_t row = top + offset(random);
          out.push_back(row * x.size(3) + left + offset(random));
        }
      }
    }
    return torch::tensor(out).view({x.size(0), -1});
  }

  int64_t offset(sslx::RandomStream& random) const {
    const int64_t room = cell_ - size_;
    return jitter_ ? int64_t{random.below(static_cast<uint32_t>(room + 1))} : room / 2;
  }

  int64_t cell_;
  int64_t stride_;
  int64_t size_;
  bool jitter_;
};

}  // namespace

SSLX_AUGMENTATION(Patches, "patches", "1.0.0", "a grid of overlapping patches, one below the other",
                  "van den Oord et al. 2018, arXiv:1807.03748, section 3.2", kParameters);
