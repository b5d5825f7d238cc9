// Every augmentation on the stand-in for a GPU: the processor's values, from the same numbers.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sslx/image_ops.h>

#include <filesystem>
#include <map>

#include "tests/device/standin_memory.h"
#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

/// Of the largest value, at least 1.
constexpr double kTolerance = 1e-6;
/// Powers that each computes in its own way.
constexpr double kOfLab = 2e-6;
/// The processor's leaves out weights that cannot be seen (host/sdk/images/blur.cpp).
constexpr double kOfBlur = 0.01 / 255;

/// Each augmentation as it does most.
std::map<std::string, json> all_augmentations() {
  std::map<std::string, json> out;
  for (const char* name :
       {"blur", "color", "cutout", "flip", "grayscale", "noise", "rotate", "sobel", "solarize"}) {
    out[name] = {{"probability", 1}};
  }
  for (const char* name :
       {"crop", "identity", "lab", "normalize", "patch_augment", "rand_augment"}) {
    out[name] = json::object();
  }
  out["centre_crop"] = {{"size", 16}, {"resize", 20}};
  out["patches"] = {{"cell", 16}, {"stride", 8}, {"size", 12}, {"jitter", true}};
  return out;
}

/// "" or what is not as on the processor.
std::string difference(const Augmentation& operation, const torch::Tensor& images,
                       double tolerance) {
  const torch::Device device(standin::kType, 0);
  const ImageShape shape{images.size(1), images.size(2), images.size(3)};
  const torch::Tensor numbers = draws(operation, shape, images.size(0));
  const torch::Tensor expected = operation.apply(images.clone(), numbers);
  torch::Tensor out;
  try {
    out = operation.apply(images.to(device), numbers);
  } catch (const c10::Error& error) {
    return std::string(error.what_without_backtrace()).substr(0, 300);
  }
  if (out.device() != device || out.sizes() != expected.sizes()) return out.toString();
  const auto apart = (out.cpu() - expected).abs().max().item<double>();
  const double scale = std::max(1.0, expected.abs().max().item<double>());
  return apart <= tolerance * scale ? "" : fmt::format("{} apart", apart);
}

TEST(AugmentationsOnADevice, AreTheProcessors) {
  for (const auto& [name, parameters] : all_augmentations()) {
    const auto operation = augmentation(name, parameters);
    const double tolerance = name == "blur" ? kOfBlur : name == "lab" ? kOfLab : kTolerance;
    EXPECT_EQ(difference(*operation, real_images(), tolerance), "") << name;
    EXPECT_EQ(difference(*operation, to_unit_float(real_images()), tolerance), "") << name;
  }
}

/// The list above is whole.
TEST(AugmentationsOnADevice, AreAll) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::string(std::getenv("SSLX_BINARY_DIR")) + "/plugins/augmentations")) {
    if (entry.path().extension() != ".so") continue;
    EXPECT_TRUE(all_augmentations().contains(entry.path().stem().string())) << entry.path();
    ++count;
  }
  EXPECT_EQ(count, all_augmentations().size());
}

}  // namespace
}  // namespace sslx
