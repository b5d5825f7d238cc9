// Views of images that stay files: the bits of views of pixels in memory when decoded exactly, near
// them when scaled.
#include <sslx/error.h>

#include "host/sdk/images/tensor_path.h"
#include "tests/host/views/encoded_fixture.h"

namespace sslx::data {
namespace {

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
