// Views of images that stay files: the bits of views of pixels in memory when decoded exactly, near
// them when scaled, and an error that names the file when one breaks.
#include <sslx/error.h>

#include <cmath>

#include "tests/host/data/data_fixture.h"
#include "tests/host/views/test_views.h"

namespace sslx::data {
namespace {

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

uint8_t waves(int x, int y, int c) {
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

const std::vector<int64_t> kAll{0, 1, 2, 3, 4, 5, 6, 7};

TEST_F(Encoded, ViewsDecodedExactlyHaveTheBitsOfThoseFromMemory) {
  const ImageSet pixels = train("once");
  const ImageSet files = train("exact");
  EXPECT_EQ(files.pixels.size(), 0U);
  EXPECT_EQ(files.labels, pixels.labels);
  for (const int64_t size : {16, 48}) {
    for (const int64_t epoch : {0, 1}) {
      const Batch a = pipeline(pixels, size).make(epoch, kAll);
      const Batch b = pipeline(files, size).make(epoch, kAll);
      EXPECT_TRUE(a.views[0].equal(b.views[0]));
      EXPECT_TRUE(a.views[1].equal(b.views[1]));
    }
  }
}

TEST_F(Encoded, ScaledViewsAreNearThem) {
  const Batch a = pipeline(train("once"), 12).make(0, kAll);
  const Batch b = pipeline(train("scaled"), 12).make(0, kAll);
  EXPECT_FALSE(a.views[0].equal(b.views[0]));
  EXPECT_LT((a.views[0] - b.views[0]).abs().mean().item<double>(), 1.5 / 255);
}

TEST_F(Encoded, WorkersChangeNothing) {
  const ImageSet files = train("scaled");
  const ViewPipeline alone = pipeline(files, 16);
  const ViewPipeline many = pipeline(files, 16, 3);
  Loader a(alone, {4, true, 1, 2});
  Loader b(many, {4, true, 1, 2});
  for (int64_t i = 0; i < a.total_batches(); ++i) {
    EXPECT_TRUE(a.next().views[0].equal(b.next().views[0]));
  }
}

TEST_F(Encoded, EvaluationReadsTheSameSquares) {
  for (const int64_t side : {0, 24}) {
    const Images pixels(train("once", side));
    const Images files(train("scaled", side));
    EXPECT_EQ(files.size(), 8);
    EXPECT_TRUE(pixels.range(2, 7).equal(files.range(2, 7)));
    const torch::Tensor rows = torch::tensor({5, 1}, torch::kInt64);
    EXPECT_EQ(files.subset(rows).size(), 2);
    EXPECT_TRUE(pixels.subset(rows).range(0, 2).equal(files.subset(rows).range(0, 2)));
    EXPECT_EQ(files.subset(rows.slice(0, 0, 0)).size(), 0);
  }
}

TEST_F(Encoded, AFileThatBreaksLaterIsNamed) {
  const ImageSet files = train("exact");
  const fs::path victim = folder_ / "train" / "one" / "2.jpg";
  const std::string whole = test::read_file(victim);
  test::write_file(victim, whole.substr(0, whole.size() / 3));
  const auto refusal = [&] {
    try {
      pipeline(files, 40).make(0, kAll);
      pipeline(files, 40).make(1, kAll);
      pipeline(files, 40).make(2, kAll);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(refusal().find(victim.string() + ": "), std::string::npos) << refusal();
  fs::remove(victim);
  EXPECT_EQ(refusal(), victim.string() + ": the file cannot be read");
}

TEST_F(Encoded, AFileThatIsAnotherImageNowIsNamed) {
  const Images files(train("exact"));
  const fs::path victim = folder_ / "train" / "one" / "0.jpg";
  test::write_file(victim, test::jpeg(80, 80, 3, waves));
  try {
    files.range(0, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              victim.string() +
                  ": the image is 80 x 80 pixels now and was 96 x 80 when the data set was read");
  }
}

TEST_F(Encoded, AViewMustBeginWithACropOfOneSize) {
  const ImageSet files = train("exact");
  const torch::Tensor labels = torch::tensor(files.labels);
  const auto refused = [&](const Recipe& recipe) {
    EXPECT_THROW(ViewPipeline(Images(files), labels, {recipe}, 0, 0), Error);
  };
  refused({});
  refused({{std::make_shared<AddDraw>()}});
  refused({{std::make_shared<BoxCrop>(0)}});
}

TEST(FractionalBox, LiesBetweenPixels) {
  // On a ramp a bilinear resize is exact away from the box's ends.
  const torch::Tensor ramp =
      torch::arange(64, torch::kFloat32).div(64).view({1, 1, 1, 64}).expand({1, 1, 64, 64});
  const torch::Tensor box = torch::tensor({{10.5F, 20.25F, 16.0F, 16.0F}});
  const torch::Tensor out = image_ops::resized_crop(ramp.contiguous(), box, 16, 16);
  for (int64_t x = 1; x < 15; ++x) {
    const double place = 20.25 + static_cast<double>(x) + 0.5 - 0.5;
    EXPECT_NEAR(out[0][0][8][x].item<double>(), place / 64, 1e-6);
  }
}

TEST(FractionalBox, LoopsAgreeWithTensorOperations) {
  const torch::Tensor images = test_images(6).repeat({1, 1, 6, 6});
  torch::manual_seed(0);
  for (const auto interpolation : {Interpolation::kBilinear, Interpolation::kBicubic}) {
    for (const int64_t size : {5, 16, 40}) {
      torch::Tensor boxes = torch::rand({6, 4}) * 20;
      boxes.slice(1, 2, 4).add_(3.3);
      const torch::Tensor loops = image_ops::resized_crop(images, boxes, size, size, interpolation);
      const torch::Tensor tensors =
          image_ops::tensor_path::resized_crop(images, boxes, size, size, interpolation);
      EXPECT_LT((loops - tensors).abs().max().item<double>(), 1e-5);
    }
  }
}

TEST(FractionalBox, MustLieInsideTheImage) {
  const auto crop = [](float top, float height) {
    return image_ops::resized_crop(test_images(1), torch::tensor({{top, 0.0F, height, 4.0F}}), 4,
                                   4);
  };
  EXPECT_NO_THROW(crop(3.5F, 4.5F));
  EXPECT_THROW(crop(3.5F, 4.75F), Error);
  EXPECT_THROW(crop(-0.5F, 4.0F), Error);
  EXPECT_THROW(crop(0.5F, 0.0F), Error);
  EXPECT_THROW(crop(0.5F, std::nanf("")), Error);
}

}  // namespace
}  // namespace sslx::data
