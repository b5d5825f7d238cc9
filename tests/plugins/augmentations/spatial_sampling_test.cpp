// What cutout, noise, blur, rotate, solarize and patches draw, and their limits.
#include <gmock/gmock.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

constexpr ImageShape kSmall{3, 32, 32};

double mean_of(const torch::Tensor& values) {
  return values.to(torch::kFloat64).mean().item<double>();
}
double deviation_of(const torch::Tensor& x) { return x.to(torch::kFloat64).std().item<double>(); }

std::string message(const std::string& name, const json& values) {
  try {
    augmentation(name, values);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(CutoutSampling, CentreIsAnyPixelAndTheBorderCutsTheSquare) {
  const torch::Tensor rows = draws(*augmentation("cutout", json::object()), kSmall, 40000);
  const torch::Tensor bottom = rows.select(1, 0) + rows.select(1, 2);
  EXPECT_EQ(rows.select(1, 0).min().item<float>(), 0);
  EXPECT_EQ(bottom.max().item<float>(), 32);
  EXPECT_EQ(rows.select(1, 2).max().item<float>(), 16);
  EXPECT_EQ(rows.select(1, 2).min().item<float>(), 8);
  // Rows covered by a side of 16 around a uniform centre: 8..15 for the first 8, 16 for 17, then
  // 15..9: (8 + ... + 15 + 17 * 16 + 15 + ... + 9) / 32.
  EXPECT_NEAR(mean_of(rows.select(1, 2)), (92 + 17 * 16 + 84) / 32.0, 0.05);
  const torch::Tensor none = draws(*augmentation("cutout", {{"probability", 0}}), kSmall, 100);
  EXPECT_EQ(none.abs().max().item<float>(), 0);
}

TEST(NoiseSampling, SigmaIsUniformAndTheNoiseNormal) {
  const auto noise = augmentation("noise", {{"sigma", {0.02, 0.06}}});
  const torch::Tensor rows = draws(*noise, kSmall, 20000);
  EXPECT_NEAR(mean_of(rows.select(1, 0)), 0.04, 0.0005);
  EXPECT_NEAR(deviation_of(rows.select(1, 0)), 0.04 / std::sqrt(12.0), 0.0003);
  const auto fixed = augmentation("noise", {{"sigma", {0.05, 0.05}}});
  const torch::Tensor keys = draws(*fixed, {3, 64, 64}, 16);
  const torch::Tensor z =
      (fixed->apply(torch::full({16, 3, 64, 64}, 0.5F), keys) - 0.5).to(torch::kFloat64) / 0.05;
  // 196,608 values: five standard errors each of mean, variance, skewness, kurtosis and tail.
  EXPECT_NEAR(mean_of(z), 0, 5 * 0.00226);
  EXPECT_NEAR(mean_of(z.square()), 1, 5 * 0.0032);
  EXPECT_NEAR(mean_of(z.pow(3)), 0, 5 * 0.0088);
  EXPECT_NEAR(mean_of(z.pow(4)), 3, 5 * 0.0221);
  EXPECT_NEAR(mean_of(z.abs() > 2), 0.0455, 5 * 0.00047);
  const torch::Tensor a = z[0].flatten();
  EXPECT_NEAR(mean_of(a.slice(0, 1) * a.slice(0, 0, -1)), 0, 5 * 0.009);  // neighbours
  EXPECT_NEAR(mean_of(z[0] * z[1]), 0, 5 * 0.009);                        // images
}

TEST(BlurSampling, SigmaAndProbability) {
  const auto blur = augmentation("blur", json::object());
  const torch::Tensor sigma = draws(*blur, kSmall, 20000).flatten();
  const torch::Tensor blurred = sigma.masked_select(sigma > 0);
  EXPECT_NEAR(static_cast<double>(blurred.numel()) / 20000, 0.5, 0.02);
  EXPECT_NEAR(mean_of(blurred), 1.05, 0.03);
  EXPECT_GE(blurred.min().item<float>(), 0.1F);
  EXPECT_LE(blurred.max().item<float>(), 2.0F);
}

TEST(BlurSampling, TheKernelIsATenthOfTheSide) {
  const auto blur = augmentation("blur", {{"probability", 1}});
  torch::Tensor point = torch::zeros({1, 1, 224, 224});
  point[0][0][112][112] = 1;
  const torch::Tensor out = blur->apply(point, torch::tensor({{100.0F}}));
  EXPECT_EQ((out > 0).sum().item<int64_t>(), 23 * 23);
  EXPECT_NEAR(out.sum().item<double>(), 1, 1e-5);
}

TEST(RotateSampling, QuarterTurnsOrARange) {
  const torch::Tensor quarters = draws(*augmentation("rotate", json::object()), kSmall, 9000);
  for (const float angle : {90.0F, 180.0F, 270.0F}) {
    EXPECT_NEAR(mean_of(quarters == angle), 1.0 / 3, 0.025);
  }
  const auto any = augmentation("rotate", {{"angles", json::array()}, {"range", {-10, 30}}});
  const torch::Tensor angles = draws(*any, kSmall, 9000);
  EXPECT_NEAR(mean_of(angles), 10, 0.7);
  EXPECT_GE(angles.min().item<float>(), -10);
  EXPECT_LT(angles.max().item<float>(), 30);
}

TEST(SolarizeSampling, ProbabilityAndThreshold) {
  const torch::Tensor flags = draws(*augmentation("solarize", json::object()), kSmall, 20000);
  EXPECT_NEAR(mean_of(flags), 0.2, 0.015);
  const auto always = augmentation("solarize", {{"probability", 1}});
  const torch::Tensor once = always->apply(real_images(), torch::ones({3, 1}));
  EXPECT_LE(once.max().item<float>(), 0.5F);
  EXPECT_TRUE(always->apply(once, torch::ones({3, 1})).equal(once));
  const auto never = augmentation("solarize", {{"probability", 1}, {"threshold", 1.01}});
  EXPECT_TRUE(never->apply(real_images(), torch::ones({3, 1})).equal(to_unit_float(real_images())));
}

TEST(Patches, GridOverlapJitterAndTheStack) {
  const torch::Tensor image = to_unit_float(real_image(0));
  const auto whole = augmentation("patches", {{"cell", 16}, {"stride", 8}, {"jitter", false}});
  EXPECT_EQ(whole->output_shape(kSmall).height, 9 * 16);
  const torch::Tensor stack = whole->apply(image, torch::zeros({1, 1})).view({3, 9, 16, 16});
  EXPECT_TRUE(stack.select(1, 5).equal(image[0].slice(1, 8, 24).slice(2, 16, 32)));
  const auto cut = augmentation("patches", {{"cell", 16}, {"stride", 16}, {"size", 12}});
  const torch::Tensor keys = draws(*cut, kSmall, 2);
  const torch::Tensor two = cut->apply(image.repeat({2, 1, 1, 1}), keys);
  EXPECT_EQ(two.sizes(), (torch::IntArrayRef{2, 3, 4 * 12, 12}));
  EXPECT_FALSE(two[0].equal(two[1]));
  EXPECT_TRUE(cut->apply(image, keys.narrow(0, 1, 1))[0].equal(two[1]));
}

TEST(Lab, WhiteIsAHundredAndTheViewsAreParts) {
  const auto lab = augmentation("lab", {{"scaled", false}});
  const torch::Tensor white = lab->apply(torch::ones({1, 3, 1, 1}), torch::empty({1, 0}));
  EXPECT_TRUE(white.flatten().allclose(torch::tensor({100.0F, 0.0F, 0.0F}), 0, 5e-3)) << white;
  const torch::Tensor all = lab->apply(real_images(), torch::empty({3, 0}));
  const auto part = [](const char* channels) {
    return augmentation("lab", {{"scaled", false}, {"channels", channels}})
        ->apply(real_images(), torch::empty({3, 0}));
  };
  EXPECT_TRUE(part("l").equal(all.narrow(1, 0, 1)));
  EXPECT_TRUE(part("ab").equal(all.narrow(1, 1, 2)));
  const torch::Tensor scaled =
      augmentation("lab", json::object())->apply(real_images(), torch::empty({3, 0}));
  EXPECT_LE(scaled.abs().max().item<float>(), 1.0F);
}

TEST(GrayImages, TheNewOperationsWorkOrSayWhyNot) {
  const torch::Tensor gray = real_image(3);
  for (const char* name : {"blur", "cutout", "noise", "rotate", "sobel", "solarize"}) {
    const auto operation = augmentation(name, {{"probability", 1}});
    const torch::Tensor rows = draws(*operation, {1, 32, 32}, 1);
    EXPECT_EQ(operation->apply(gray, rows).sizes(), gray.sizes()) << name;
  }
  EXPECT_THROW(augmentation("lab", json::object())->apply(gray, torch::empty({1, 0})), Error);
}

TEST(Messages, OfParametersThatDoNotFit) {
  using testing::HasSubstr;
  EXPECT_THAT(message("blur", {{"kernel", 4}}), HasSubstr("kernel must be an odd number, or 0"));
  EXPECT_THAT(message("blur", {{"sigma", {2.0, 1.0}}}), HasSubstr("the least and the most"));
  EXPECT_THAT(message("sobel", {{"output", "gradients"}, {"probability", 0.5}}),
              HasSubstr("must be 1 when its output is gradients"));
  EXPECT_THAT(message("patches", {{"cell", 8}, {"size", 9}}), HasSubstr("fit into its cell"));
  EXPECT_THAT(message("rotate", {{"range", {5, 1}}}), HasSubstr("the least and the most"));
  try {
    image_ops::gaussian_blur(real_image(0), torch::ones({1, 1}), 65);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("does not fit images of 32 x 32 pixels"));
  }
}

}  // namespace
}  // namespace sslx
