// apply() against torchvision 0.26, scipy, scikit-image and numpy on real images: loops and tensor
// operations, uint8 and float.
#include <gtest/gtest.h>
#include <sslx/image_ops.h>

#include "host/sdk/images/tensor_path.h"
#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

struct Case {
  std::string operation;
  torch::Tensor image;
  torch::Tensor parameters;
  torch::Tensor expected;
  json entry;
  double step = 0;  ///< Of the expected values' quantisation.
};

Case read_case(const json& entry) {
  std::string bytes = from_base64(entry.at("values"));
  const torch::Tensor steps =
      torch::from_blob(bytes.data(), reference_shape(entry), torch::kInt16).to(torch::kInt32) &
      0xFFFF;
  const auto low = entry.at("low").get<double>();
  const double step = (entry.at("high").get<double>() - low) / 65535;
  torch::Tensor image = real_image(entry.at("image"));
  if (entry.contains("rows")) image = image.slice(2, entry["rows"][0], entry["rows"][1]);
  return {entry.at("operation"),
          image.contiguous(),
          torch::tensor(entry.at("parameters").get<std::vector<float>>()).unsqueeze(0),
          (steps.to(torch::kFloat64) * step + low).to(torch::kFloat32),
          entry,
          step};
}

// Declares name(case, image), which calls the operation of the case in this namespace. A macro,
// since a namespace is no parameter.
#define SSLX_APPLY(NAME, PATH)                                                                  \
  torch::Tensor NAME(const Case& c, const torch::Tensor& image) {                               \
    const torch::Tensor& p = c.parameters;                                                      \
    const int64_t height = c.expected.size(2), width = c.expected.size(3);                      \
    if (c.operation == "crop") return PATH::resized_crop(image, p, height, width);              \
    if (c.operation == "crop_bicubic")                                                          \
      return PATH::resized_crop(image, p, height, width, Interpolation::kBicubic);              \
    if (c.operation == "flip") return PATH::horizontal_flip(image, p);                          \
    if (c.operation == "color") return PATH::color_jitter(image, p);                            \
    if (c.operation == "grayscale") return PATH::grayscale(image, p);                           \
    if (c.operation == "blur") return PATH::gaussian_blur(image, p, c.entry["kernel"]);         \
    if (c.operation == "rotate") return PATH::rotate(image, p);                                 \
    if (c.operation == "sobel") return PATH::sobel(image, p);                                   \
    if (c.operation == "sobel_gradients") return PATH::sobel_gradients(image);                  \
    if (c.operation == "lab") return PATH::rgb_to_lab(image, image_ops::LabChannels::kAll);     \
    if (c.operation == "cutout") return PATH::cutout(image, p, {0.5});                          \
    if (c.operation == "noise") return PATH::gaussian_noise(image, p);                          \
    if (c.operation == "solarize") return PATH::solarize(image, p, c.entry["threshold"]);       \
    const std::vector<double> values(p.const_data_ptr<float>(), p.const_data_ptr<float>() + 6); \
    return PATH::normalize(image, {values.begin(), values.begin() + 3},                         \
                           {values.begin() + 3, values.end()});                                 \
  }
SSLX_APPLY(by_loops, image_ops)
SSLX_APPLY(by_tensors, image_ops::tensor_path)
#undef SSLX_APPLY

/// A hundred times stricter than one step of 255; Lab's values are a hundred times larger, and its
/// reference is in float64.
double tolerance(const Case& c) { return (c.operation == "lab" ? 4e-3 : 4e-5) + c.step; }

TEST(Reference, EveryCaseAgreesWithTheReferenceLibrary) {
  ASSERT_EQ(reference().at("cases").size(), 68U);
  for (const json& entry : reference().at("cases")) {
    const Case c = read_case(entry);
    SCOPED_TRACE(c.operation + " " + entry.at("parameters").dump());
    for (const torch::Tensor& image : {c.image, to_unit_float(c.image)}) {
      for (const torch::Tensor& result : {by_loops(c, image), by_tensors(c, image)}) {
        ASSERT_EQ(result.sizes(), c.expected.sizes());
        EXPECT_EQ(result.scalar_type(), torch::kFloat32);
        EXPECT_LT((result - c.expected).abs().max().item<double>(), tolerance(c));
      }
    }
  }
}

/// What a plugin draws and applies, against the tensor operations on the same numbers.
template <typename TensorPath>
void expect_same(const std::string& name, const json& values, const torch::Tensor& images,
                 double allowed, TensorPath by_tensor_path) {
  const auto plugin = augmentation(name, values);
  const torch::Tensor rows =
      draws(*plugin, {images.size(1), images.size(2), images.size(3)}, images.size(0));
  const torch::Tensor made = plugin->apply(images, rows);
  const torch::Tensor error = (made - by_tensor_path(images, rows)).abs().max();
  EXPECT_LE(error.item().toDouble(), allowed) << name;
}

TEST(Reference, LoopsAgreeWithTensorOperationsOnDraws) {
  namespace path = image_ops::tensor_path;
  using torch::Tensor;
  const Tensor images = real_images().repeat({40, 1, 1, 1});
  const auto crops = [](const Tensor& x, const Tensor& p) {
    return path::resized_crop(x, p, 24, 24);
  };
  const auto bicubic = [](const Tensor& x, const Tensor& p) {
    return path::resized_crop(x, p, 24, 24, Interpolation::kBicubic);
  };
  const auto blur = [](const Tensor& x, const Tensor& p) { return path::gaussian_blur(x, p, 7); };
  const auto holes = [](const Tensor& x, const Tensor& p) { return path::cutout(x, p, {0.5}); };
  const auto solar = [](const Tensor& x, const Tensor& p) { return path::solarize(x, p, 0.5); };
  expect_same("crop", {{"size", 24}}, images, 1e-5, crops);
  expect_same("crop", {{"size", 24}, {"interpolation", "bicubic"}}, images, 1e-5, bicubic);
  expect_same("blur", {{"kernel", 7}}, images, 0.01 / 255, blur);
  expect_same("cutout", json::object(), images, 0, holes);
  expect_same("solarize", json::object(), images, 0, solar);
  expect_same("color", json::object(), images, 1e-4, path::color_jitter);
  expect_same("noise", {{"sigma", {0.0, 0.3}}}, images, 1e-5, path::gaussian_noise);
  expect_same("rotate", {{"angles", json::array()}}, images, 1e-5, path::rotate);
  expect_same("sobel", {{"probability", 0.5}}, images, 1e-6, path::sobel);
}

/// A box (top, left, height, width) that is resized by loops and by tensor operations.
void expect_crop_agrees(const torch::Tensor& image, const std::vector<float>& box, int64_t height,
                        int64_t width) {
  const torch::Tensor row = torch::tensor(box).unsqueeze(0);
  const torch::Tensor loops = image_ops::resized_crop(image, row, height, width);
  const torch::Tensor expected = image_ops::tensor_path::resized_crop(image, row, height, width);
  EXPECT_TRUE(loops.allclose(expected, 0, 1e-5))
      << box[2] << " x " << box[3] << " to " << height << " x " << width;
}

TEST(Reference, EveryVectorWidthAndShapeOfACropAgrees) {
  const torch::Tensor image = real_image(1);
  for (const int64_t side : {1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 50}) {
    for (const auto& [height, width] :
         {std::pair{1.0F, 32.0F}, {32, 1}, {5, 19}, {17, 16}, {32, 32}}) {
      expect_crop_agrees(image, {32 - height, 0, height, width}, side, side + 2);
    }
  }
}

TEST(Reference, EveryShapeOfALargeBoxAgrees) {
  const torch::Tensor bytes = torch::randint(256, {1, 3, 90, 110}, torch::kUInt8);
  for (const torch::Tensor& image : {bytes, to_unit_float(bytes)}) {
    for (const auto& [height, width] : {std::pair{90.0F, 110.0F}, {90, 16}, {17, 109}, {50, 33}}) {
      for (const int64_t side : {8, 16, 20, 45, 64, 130}) {
        expect_crop_agrees(image, {0, 110 - width, height, width}, side, side);
      }
    }
  }
}

TEST(Reference, EveryShapeAndKernelOfABlurAgrees) {
  namespace path = image_ops::tensor_path;
  for (const auto& [height, width] :
       {std::pair{3, 40}, {4, 8}, {7, 7}, {16, 5}, {17, 9}, {32, 32}, {45, 61}}) {
    const torch::Tensor image = torch::rand({1, 3, height, width});
    for (const int64_t kernel : {1, 3, 5, 9, 15, 23, 25, 31}) {
      if (kernel / 2 >= std::min(height, width)) continue;
      for (const float sigma : {0.1F, 0.9F, 2.0F, 5.0F}) {
        const torch::Tensor row = torch::full({1, 1}, sigma);
        const torch::Tensor loops = image_ops::gaussian_blur(image, row, kernel);
        EXPECT_TRUE(loops.allclose(path::gaussian_blur(image, row, kernel), 0, 0.01 / 255))
            << height << " x " << width << ", " << kernel << " taps, " << sigma;
      }
    }
  }
}

TEST(Reference, EveryTurnOfTheHueAgrees) {
  namespace path = image_ops::tensor_path;
  // Every order of the channels, equal ones, and differences down to 1e-4.
  const torch::Tensor levels =
      torch::tensor({0.0F, 1e-4F, 2e-4F, 0.25F, 0.5F, 0.5001F, 0.9F, 1.0F});
  const torch::Tensor colours =
      torch::cartesian_prod({levels, levels, levels}).t().contiguous().view({1, 3, 16, 32});
  for (int step = -10; step <= 10; ++step) {
    const float shift = static_cast<float>(step) / 20;
    const torch::Tensor row = torch::tensor({{1.0F, 1.0F, 1.0F, 1.0F, shift, 0.0F}});
    const torch::Tensor loops = image_ops::color_jitter(colours, row);
    EXPECT_TRUE(loops.allclose(path::color_jitter(colours, row), 0, 2e-6)) << shift;
    EXPECT_GE(loops.min().item<float>(), 0) << shift;
    EXPECT_LE(loops.max().item<float>(), 1) << shift;
  }
}

}  // namespace
}  // namespace sslx
