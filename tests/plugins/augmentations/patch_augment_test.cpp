// Patches on their own: what a stack becomes and that it keeps its order, how often each operation
// acts, and that no patch's draw is another's.
#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>
#include <sslx/patch_stack.h>

#include "tests/plugins/augmentations/reference.h"

namespace sslx {
namespace {

/// Parameters that change nothing, with these instead.
nlohmann::json only(const nlohmann::json& more) {
  nlohmann::json out{{"flip", 0}, {"jitter", 0}, {"grayscale", 0}, {"drop", 0}};
  out.update(more);
  return out;
}

/// The three colour images as 8 x 8 patches of a grid of 7 x 7, one below the other.
torch::Tensor stack_of_images() {
  return augmentation("patches", {{"cell", 8}, {"stride", 4}})
      ->apply(real_images(), torch::empty({3, 0}));
}

torch::Tensor augmented(const nlohmann::json& parameters, int64_t image = 0) {
  const auto operation = augmentation("patch_augment", only(parameters));
  const torch::Tensor stack = stack_of_images();
  const torch::Tensor keys = draws(*operation, {3, stack.size(2), stack.size(3)}, 3 + image);
  return operation->apply(stack, keys.slice(0, image, 3 + image));
}

TEST(PatchStack, BecomesABatchAndAStackAgain) {
  const torch::Tensor stack = stack_of_images();
  EXPECT_EQ(grid_side(stack), 7);
  const torch::Tensor patches = unstacked(stack);
  EXPECT_EQ(patches.sizes(), (torch::IntArrayRef{3 * 49, 3, 8, 8}));
  EXPECT_TRUE(patches[49 + 7 * 2 + 3].equal(
      to_unit_float(real_image(1))[0].slice(1, 8, 16).slice(2, 12, 20)));
  EXPECT_TRUE(stacked(patches, 3).equal(stack));
  const torch::Tensor last = stack.contiguous(torch::MemoryFormat::ChannelsLast);
  EXPECT_TRUE(unstacked(last).equal(patches));
  EXPECT_EQ(unstacked(last).const_data_ptr(), last.const_data_ptr());
}

TEST(PatchAugment, LeavesEverythingAsItIsWhenAsked) {
  EXPECT_TRUE(augmented(nlohmann::json::object()).equal(stack_of_images()));
}

TEST(PatchAugment, FlipsHalfOfThePatches) {
  const torch::Tensor before = unstacked(stack_of_images());
  const torch::Tensor after = unstacked(augmented({{"flip", 0.5}}));
  const torch::Tensor same = (after == before).flatten(1).all(1);
  const torch::Tensor mirrored = (after == before.flip(3)).flatten(1).all(1);
  EXPECT_TRUE((same | mirrored).all().item<bool>());
  EXPECT_NEAR(mirrored.to(torch::kFloat32).mean().item<float>(), 0.5, 0.15);
}

TEST(PatchAugment, KeepsOneChannelOfThePatchesThatLoseTheirs) {
  const torch::Tensor before = unstacked(stack_of_images());
  const torch::Tensor after = unstacked(augmented({{"drop", 0.5}}));
  const torch::Tensor kept = (after == before).flatten(2).all(2);
  const torch::Tensor gray = (after == 0.5).flatten(2).all(2);
  EXPECT_TRUE((kept | gray).all().item<bool>());
  const torch::Tensor dropped = gray.sum(1);
  EXPECT_TRUE(((dropped == 0) | (dropped == 2)).all().item<bool>());
  EXPECT_NEAR((dropped == 2).to(torch::kFloat32).mean().item<float>(), 0.5, 0.15);
  // Each channel is the one that stays.
  EXPECT_TRUE((gray.logical_not() & (dropped == 2).unsqueeze(1)).any(0).all().item<bool>());
}

TEST(PatchAugment, ChangesColoursPatchByPatch) {
  const torch::Tensor patches = unstacked(stack_of_images());
  const torch::Tensor gray = unstacked(augmented({{"grayscale", 1}}));
  EXPECT_TRUE(gray.equal(image_ops::grayscale(patches.clone(), torch::ones({3 * 49, 1}))));
  // Brightness alone is one factor a patch, and not the neighbour's.
  const torch::Tensor brighter = unstacked(augmented(
      {{"jitter", 1}, {"brightness", 0.3}, {"contrast", 0}, {"saturation", 0}, {"hue", 0}}));
  const torch::Tensor factor = brighter.mean({1, 2, 3}) / patches.mean({1, 2, 3});
  EXPECT_GT(factor.min().item<float>(), 0.69);
  EXPECT_LT(factor.max().item<float>(), 1.31);
  EXPECT_GT(factor.std().item<float>(), 0.1);
}

TEST(PatchAugment, DrawsForAnImageWhateverTheBatch) {
  const nlohmann::json all{{"flip", 0.5}, {"turn", 20}, {"jitter", 0.8}, {"drop", 0.5}};
  const auto operation = augmentation("patch_augment", all);
  const torch::Tensor stack = stack_of_images();
  const torch::Tensor keys = draws(*operation, {3, stack.size(2), stack.size(3)}, 3);
  const torch::Tensor together = operation->apply(stack, keys);
  for (int64_t i = 0; i < 3; ++i) {
    const torch::Tensor alone =
        operation->apply(stack.slice(0, i, i + 1).contiguous(), keys.slice(0, i, i + 1));
    EXPECT_TRUE(alone[0].equal(together[i]));
  }
  EXPECT_TRUE(stack.equal(stack_of_images()));  // The caller's images are untouched.
  const torch::Tensor same = stack.slice(0, 0, 1).expand({3, -1, -1, -1}).contiguous();
  const torch::Tensor differ = operation->apply(same, keys);
  EXPECT_FALSE(differ[0].equal(differ[1]));
}

TEST(PatchAugment, WantsAStack) {
  EXPECT_THROW(augmentation("patch_augment", only(nlohmann::json::object()))
                   ->apply(torch::zeros({1, 3, 20, 8}), torch::zeros({1, 2})),
               Error);
}

}  // namespace
}  // namespace sslx
