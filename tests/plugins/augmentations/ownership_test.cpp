// apply() never changes images that somebody else holds, and works in place when nobody does.
#include <gtest/gtest.h>
#include <sslx/image_ops.h>

#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

using nlohmann::json;

const std::vector<std::string> kAll{"blur",      "color", "crop",    "cutout",    "flip",
                                    "grayscale", "lab",   "noise",   "normalize", "identity",
                                    "rotate",    "sobel", "solarize"};

json always(const std::string& name) {
  const bool chance = name != "crop" && name != "normalize" && name != "lab" && name != "identity";
  return chance ? json{{"probability", 1}} : json::object();
}

torch::Tensor applied(const Augmentation& operation, torch::Tensor images, const torch::Tensor& p) {
  return operation.apply(std::move(images), p);
}

TEST(Ownership, HeldImagesAreLeftAsTheyWere) {
  for (const std::string& name : kAll) {
    const auto operation = augmentation(name, always(name));
    const torch::Tensor p = draws(*operation, {3, 32, 32}, 3);
    const torch::Tensor images = to_unit_float(real_images());
    const torch::Tensor before = images.clone();
    const torch::Tensor once = applied(*operation, images, p);
    EXPECT_TRUE(images.equal(before)) << name;
    EXPECT_TRUE(applied(*operation, images.narrow(0, 0, 3), p).equal(once)) << name;
    EXPECT_TRUE(images.equal(before)) << name << ", a view of the same memory";
    const torch::Tensor bytes = real_images();
    applied(*operation, bytes, p);
    EXPECT_TRUE(bytes.equal(real_images())) << name;
  }
}

TEST(Ownership, GivenUpImagesAreWorkedOnInPlaceWithTheSameResult) {
  for (const char* name : {"blur", "color", "cutout", "flip", "noise", "normalize"}) {
    const auto operation = augmentation(name, always(name));
    const torch::Tensor p = draws(*operation, {3, 32, 32}, 3);
    const torch::Tensor expected = applied(*operation, to_unit_float(real_images()), p);
    torch::Tensor images = to_unit_float(real_images());
    const void* memory = images.data_ptr();
    const torch::Tensor out = applied(*operation, std::move(images), p);
    EXPECT_EQ(out.data_ptr(), memory) << name;
    EXPECT_TRUE(out.equal(expected)) << name;
  }
}

TEST(Ownership, AnImageAloneIsTheSameAsInABatch) {
  for (const std::string& name : kAll) {
    const auto operation = augmentation(name, always(name));
    const torch::Tensor p = draws(*operation, {3, 32, 32}, 3);
    const torch::Tensor together = applied(*operation, real_images(), p);
    for (int64_t n = 0; n < 3; ++n) {
      const torch::Tensor alone =
          applied(*operation, real_images().narrow(0, n, 1), p.narrow(0, n, 1));
      EXPECT_TRUE(alone[0].equal(together[n])) << name;
    }
  }
}

}  // namespace
}  // namespace sslx
