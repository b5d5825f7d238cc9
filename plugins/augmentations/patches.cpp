// Patches: a square grid of overlapping patches, stacked from top to bottom, row by row of the
// grid: [C, H, W] becomes [C, grid * grid * size, size]. With jitter each is a random crop of its
// cell, so that a network cannot follow lines across borders. CPC v1 on 256 pixels: 64-pixel
// patches, half overlapping, a grid of 7; jitter cuts 60-pixel patches out of them (van den Oord et
// al. 2018).
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <string>

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

  /// One number decides the offsets of all patches, since their count depends on the image.
  int64_t parameter_count() const override { return 1; }

  void sample(sslx::RandomStream& random, const sslx::ImageShape&,
              std::span<float> out) const override {
    out[0] = static_cast<float>(random.next() >> 8);  // 24 bits: exact in a float.
  }

  torch::Tensor apply(torch::Tensor images, const torch::Tensor& keys) const override {
    const torch::Tensor x = sslx::to_unit_float(
        sslx::image_ops::checked(std::move(images), "patches", /*any_channels=*/true));
    const sslx::ImageShape shape = output_shape({x.size(1), x.size(2), x.size(3)});
    torch::Tensor out =
        torch::empty({x.size(0), shape.channels, shape.height, shape.width}, x.options());
    for (int64_t n = 0; n < x.size(0); ++n) {
      sslx::RandomStream random(static_cast<uint64_t>(keys[n][0].item<float>()));
      int64_t row = 0;
      for (int64_t top = 0; top + cell_ <= x.size(2); top += stride_) {
        for (int64_t left = 0; left + cell_ <= x.size(3); left += stride_, row += size_) {
          const torch::Tensor patch =
              x[n].narrow(1, top + offset(random), size_).narrow(2, left + offset(random), size_);
          out[n].narrow(1, row, size_).copy_(patch);
        }
      }
    }
    return out;
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
