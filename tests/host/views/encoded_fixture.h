// A folder of small JPEG files, and views of them while they stay files.
#pragma once

#include <cmath>

#include "tests/host/data/data_fixture.h"
#include "tests/host/views/test_views.h"

namespace sslx::data {

namespace fs = std::filesystem;

/// A crop of a fixed size, as the plugin.
class BoxCrop : public Augmentation {
 public:
  explicit BoxCrop(int64_t size) : size_(size) {}
  int64_t parameter_count() const override { return 4; }
  void sample(RandomStream& random, const ImageShape& shape, std::span<float> out) const override {
    const auto side = [&](int64_t whole) { return 1 + random.below(static_cast<uint32_t>(whole)); };
    const uint32_t height = side(shape.height);
    const uint32_t width = side(shape.width);
    out[0] = static_cast<float>(random.below(static_cast<uint32_t>(shape.height) - height + 1));
    out[1] = static_cast<float>(random.below(static_cast<uint32_t>(shape.width) - width + 1));
    out[2] = static_cast<float>(height);
    out[3] = static_cast<float>(width);
  }
  torch::Tensor apply(torch::Tensor images, const torch::Tensor& boxes) const override {
    const int64_t height = size_ > 0 ? size_ : images.size(2);
    return image_ops::resized_crop(std::move(images), boxes, height, height);
  }
  ImageShape output_shape(const ImageShape& shape) const override {
    return size_ == 0 ? shape : ImageShape{shape.channels, size_, size_};
  }
  bool reads_only_a_box() const override { return true; }

 private:
  int64_t size_;
};

inline uint8_t waves(int x, int y, int c) {
  return static_cast<uint8_t>(128 + 60 * std::sin(x * 0.2 + c) + 50 * std::cos(y * 0.13 * (c + 1)));
}

class Encoded : public test::DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    for (const char* part : {"train", "test"}) {
      for (const char* name : {"one", "two"}) {
        const fs::path folder = folder_ / part / name;
        fs::create_directories(folder);
        for (int i = 0; i < 4; ++i) {
          test::write_file(folder / (std::to_string(i) + ".jpg"),
                           test::jpeg(96, 80, i == 3 ? 1 : 3, waves,
                                      {.quality = 90, .restart = i == 1 ? 3 : 0}));
        }
      }
    }
  }

  ImageSet train(const std::string& decode, int64_t side = 0) const {
    return load_dataset(spec("folder", {{"decode", decode}, {"image_size", side}})).train;
  }

  static ViewPipeline pipeline(const ImageSet& set, int64_t size, int workers = 0) {
    const Recipe plain{{std::make_shared<BoxCrop>(size)}, {std::make_shared<AddDraw>()}};
    const Recipe shared{{std::make_shared<BoxCrop>(size), true}};
    return {Images(set), torch::tensor(set.labels), {plain, shared}, 7, workers};
  }
};

inline const std::vector<int64_t> kAll{0, 1, 2, 3, 4, 5, 6, 7};

}  // namespace sslx::data
