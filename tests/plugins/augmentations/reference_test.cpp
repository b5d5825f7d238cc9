// apply() against torchvision 0.26 on real images: loops and tensor operations, uint8 and float.
#include <gtest/gtest.h>
#include <sslx/image_ops.h>

#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

struct Case {
  std::string operation;
  torch::Tensor image;
  torch::Tensor parameters;
  torch::Tensor expected;
  double step = 0;  ///< Of the expected values' quantisation.
};

Case read_case(const json& entry) {
  std::string bytes = from_base64(entry.at("values"));
  const torch::Tensor steps =
      torch::from_blob(bytes.data(), reference_shape(entry), torch::kInt16).to(torch::kInt32) &
      0xFFFF;
  const auto low = entry.at("low").get<double>();
  const double step = (entry.at("high").get<double>() - low) / 65535;
  return {entry.at("operation"), real_image(entry.at("image")),
          torch::tensor(entry.at("parameters").get<std::vector<float>>()).unsqueeze(0),
          (steps.to(torch::kFloat64) * step + low).to(torch::kFloat32), step};
}

torch::Tensor by_loops(const Case& c, const torch::Tensor& image) {
  const torch::Tensor& p = c.parameters;
  if (c.operation == "crop")
    return image_ops::resized_crop(image, p, c.expected.size(2), c.expected.size(3));
  if (c.operation == "flip") return image_ops::horizontal_flip(image, p);
  if (c.operation == "color") return image_ops::color_jitter(image, p);
  if (c.operation == "grayscale") return image_ops::grayscale(image, p);
  const std::vector<double> values(p.const_data_ptr<float>(), p.const_data_ptr<float>() + 6);
  return image_ops::normalize(image, {values.begin(), values.begin() + 3},
                              {values.begin() + 3, values.end()});
}

torch::Tensor by_tensors(const Case& c, const torch::Tensor& image) {
  namespace path = image_ops::tensor_path;
  const torch::Tensor& p = c.parameters;
  if (c.operation == "crop")
    return path::resized_crop(image, p, c.expected.size(2), c.expected.size(3));
  if (c.operation == "flip") return path::horizontal_flip(image, p);
  if (c.operation == "color") return path::color_jitter(image, p);
  if (c.operation == "grayscale") return path::grayscale(image, p);
  const std::vector<double> values(p.const_data_ptr<float>(), p.const_data_ptr<float>() + 6);
  return path::normalize(image, {values.begin(), values.begin() + 3},
                         {values.begin() + 3, values.end()});
}

TEST(Reference, EveryCaseAgreesWithTorchvision) {
  ASSERT_EQ(reference().at("cases").size(), 25U);
  for (const json& entry : reference().at("cases")) {
    const Case c = read_case(entry);
    SCOPED_TRACE(c.operation + " " + entry.at("parameters").dump());
    for (const torch::Tensor& image : {c.image, to_unit_float(c.image)}) {
      for (const torch::Tensor& result : {by_loops(c, image), by_tensors(c, image)}) {
        ASSERT_EQ(result.sizes(), c.expected.sizes());
        EXPECT_EQ(result.scalar_type(), torch::kFloat32);
        // A hundred times stricter than one step of 255, beyond the file's own rounding.
        EXPECT_LT((result - c.expected).abs().max().item<double>(), 4e-5 + c.step);
      }
    }
  }
}

TEST(Reference, LoopsAgreeWithTensorOperationsOnDraws) {
  const torch::Tensor images = real_images().repeat({40, 1, 1, 1});
  const auto crop = augmentation("crop", {{"size", 24}});
  const torch::Tensor boxes = draws(*crop, {3, 32, 32}, images.size(0));
  const torch::Tensor cropped = crop->apply(images, boxes);
  EXPECT_TRUE(
      cropped.allclose(image_ops::tensor_path::resized_crop(images, boxes, 24, 24), 0, 1e-5));
  const auto color = augmentation("color", json::object());
  const torch::Tensor rows = draws(*color, {3, 24, 24}, images.size(0));
  EXPECT_TRUE(color->apply(cropped, rows)
                  .allclose(image_ops::tensor_path::color_jitter(cropped, rows), 0, 1e-4));
}

}  // namespace
}  // namespace sslx
