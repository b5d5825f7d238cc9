// What must change nothing, what must undo itself, and gray images.
#include <gmock/gmock.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

torch::Tensor ones(int64_t count) { return torch::ones({count, 1}); }

torch::Tensor applied(const Augmentation& operation, const torch::Tensor& images) {
  const ImageShape shape{images.size(1), images.size(2), images.size(3)};
  return operation.apply(images, draws(operation, shape, images.size(0)));
}

/// Rows of color_jitter that do one thing.
torch::Tensor jitter(int64_t count, std::array<float, 4> strengths) {
  return torch::tensor({1.0F, strengths[0], strengths[1], strengths[2], strengths[3], 0.0F})
      .repeat({count, 1});
}

TEST(Identities, CropOfTheWholeImage) {
  const auto crop = augmentation("crop", {{"scale", {1.0, 1.0}}, {"ratio", {1.0, 1.0}}});
  EXPECT_TRUE(applied(*crop, real_images()).equal(to_unit_float(real_images())));
}

TEST(Identities, TheMiddleIsAPartOfTheImage) {
  const torch::Tensor images = real_images();
  const int64_t height = images.size(2), width = images.size(3);
  const int64_t side = std::min(height, width) - 3;
  const auto middle = augmentation("centre_crop", {{"size", side}});
  const torch::Tensor expected = to_unit_float(images)
                                     .narrow(2, (height - side + 1) / 2, side)
                                     .narrow(3, (width - side + 1) / 2, side);
  EXPECT_TRUE(applied(*middle, images).equal(expected));
  // The shorter side is brought to a length first.
  const int64_t shorter = std::min(height, width);
  const torch::Tensor whole =
      torch::tensor({0.0F, 0.0F, static_cast<float>(height), static_cast<float>(width)})
          .repeat({images.size(0), 1});
  const torch::Tensor resized =
      image_ops::resized_crop(images, whole, 24 * height / shorter, 24 * width / shorter);
  const auto both = augmentation("centre_crop", {{"size", 24}, {"resize", 24}});
  EXPECT_TRUE(applied(*both, images)
                  .equal(resized.narrow(2, (resized.size(2) - 24 + 1) / 2, 24)
                             .narrow(3, (resized.size(3) - 24 + 1) / 2, 24)));
  EXPECT_THROW(augmentation("centre_crop", {{"size", 24}, {"resize", 16}}), Error);
  EXPECT_THROW(applied(*augmentation("centre_crop", {{"size", 1000}}), images), Error);
}

TEST(Identities, JitterWithoutStrength) {
  const auto color = augmentation(
      "color",
      {{"brightness", 0}, {"contrast", 0}, {"saturation", 0}, {"hue", 0}, {"probability", 1}});
  EXPECT_TRUE(applied(*color, real_images()).equal(to_unit_float(real_images())));
}

TEST(Identities, NothingAtProbabilityZero) {
  for (const char* name : {"color", "flip", "grayscale"}) {
    const auto operation = augmentation(name, {{"probability", 0}});
    EXPECT_TRUE(applied(*operation, real_images()).equal(to_unit_float(real_images()))) << name;
  }
}

TEST(Identities, FlipTwice) {
  const torch::Tensor once = image_ops::horizontal_flip(real_images(), ones(3));
  EXPECT_TRUE(once.equal(to_unit_float(real_images()).flip(3)));
  EXPECT_TRUE(image_ops::horizontal_flip(once, ones(3)).equal(to_unit_float(real_images())));
}

TEST(Identities, GrayTwiceIsGrayOnce) {
  const torch::Tensor once = image_ops::grayscale(real_images(), ones(3));
  EXPECT_TRUE(once.select(1, 0).equal(once.select(1, 2)));
  EXPECT_TRUE(image_ops::grayscale(once, ones(3)).allclose(once, 0, 1.1e-4));
}

TEST(Identities, HalfATurnOfHueTwice) {
  const torch::Tensor rows = jitter(3, {1, 1, 1, 0.5F});
  const torch::Tensor once = image_ops::color_jitter(real_images(), rows);
  EXPECT_FALSE(once.allclose(to_unit_float(real_images()), 0, 0.05));
  EXPECT_TRUE(image_ops::color_jitter(once, rows).allclose(to_unit_float(real_images()), 0, 1e-5));
}

TEST(Identities, HueOfGrayPixelsAndPureColours) {
  const torch::Tensor pixels = torch::tensor({0.0, 0.5, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.5, 1.0, 0.0,
                                              1.0, 0.0, 1.0, 0.0, 0.5, 1.0, 0.0, 0.0, 1.0, 1.0})
                                   .to(torch::kFloat32)
                                   .view({1, 3, 1, 7});
  const torch::Tensor rows = jitter(1, {1, 1, 1, 1.0F / 3.0F});
  const torch::Tensor out = image_ops::color_jitter(pixels, rows);
  // A third of a turn: red becomes green, green blue, blue red; grays stay.
  EXPECT_TRUE(out.allclose(pixels.roll({1}, {1}), 0, 1e-5)) << out;
}

TEST(Identities, ApplyLeavesItsInputAsItWas) {
  const torch::Tensor images = to_unit_float(real_images());
  const torch::Tensor before = images.clone();
  for (const char* name : {"color", "crop", "flip", "grayscale", "normalize"}) {
    applied(*augmentation(name, json::object()), images);
    EXPECT_TRUE(images.equal(before)) << name;
  }
}

TEST(Identities, NormaliseCanBeUndone) {
  const auto normalize = augmentation("normalize", json::object());
  const torch::Tensor out = applied(*normalize, real_images());
  const auto back = [](const char* values) { return json::parse(values); };
  const auto undo =
      augmentation("normalize", {{"mean", back("[-2.117903930, -2.035714286, -1.804444444]")},
                                 {"std", back("[4.366812227, 4.464285714, 4.444444444]")}});
  EXPECT_TRUE(applied(*undo, out).allclose(to_unit_float(real_images()), 0, 1e-5));
}

TEST(GrayImages, CropFlipNormaliseAndJitterWork) {
  const torch::Tensor gray = real_image(3);
  EXPECT_EQ(applied(*augmentation("crop", {{"size", 16}}), gray).sizes(),
            (torch::IntArrayRef{1, 1, 16, 16}));
  EXPECT_TRUE(image_ops::horizontal_flip(gray, ones(1)).equal(to_unit_float(gray).flip(3)));
  EXPECT_TRUE(image_ops::grayscale(gray, ones(1)).equal(to_unit_float(gray)));
  EXPECT_TRUE(
      image_ops::color_jitter(gray, jitter(1, {1, 1, 1.7F, 0.3F})).equal(to_unit_float(gray)));
  const auto one = augmentation("normalize", {{"mean", {0.25}}, {"std", {0.5}}});
  EXPECT_TRUE(applied(*one, gray).allclose(to_unit_float(gray) * 2 - 0.5));
}

TEST(GrayImages, ThreeMeansForOneChannelIsAnError) {
  try {
    applied(*augmentation("normalize", json::object()), real_image(3));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("3 means and 3 deviations for images of 1 channels"));
  }
}

TEST(Images, TwoOrFourChannelsAreAnError) {
  EXPECT_THROW(image_ops::grayscale(torch::zeros({1, 4, 2, 2}), ones(1)), Error);
  EXPECT_THROW(image_ops::horizontal_flip(torch::zeros({1, 3, 2, 2}, torch::kInt32), ones(1)),
               Error);
}

TEST(Images, BoxOutsideOfTheImageIsAnError) {
  EXPECT_THROW(
      image_ops::resized_crop(real_image(0), torch::tensor({{1.0F, 0.0F, 32.0F, 32.0F}}), 8, 8),
      Error);
}

}  // namespace
}  // namespace sslx
