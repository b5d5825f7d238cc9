// A stack of patches: what the augmentation `patches` makes of an image, its P square patches one
// below the other, [N, C, P * size, size]. Here it becomes a batch of patches, and one again.
#pragma once

#include <sslx/error.h>
#include <sslx/torch_base.h>

#include <cmath>
#include <string>

namespace sslx {

/// How many patches there are in each image. Throws Error(kInput) when they are not square.
inline int64_t patch_count(const torch::Tensor& stack) {
  if (stack.size(2) % stack.size(3) == 0) return stack.size(2) / stack.size(3);
  throw input_error("an image of " + std::to_string(stack.size(3)) + " x " +
                        std::to_string(stack.size(2)) +
                        " pixels is no stack of square patches, one below the other",
                    "let the recipe cut it with the augmentation 'patches'");
}

/// The side of the square grid that the patches lie in. Throws Error(kInput) when it is not square.
inline int64_t grid_side(const torch::Tensor& stack) {
  const int64_t count = patch_count(stack);
  const auto side = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(count))));
  if (side * side == count) return side;
  throw input_error(std::to_string(count) + " patches are no square grid",
                    "cut them from square images with the augmentation 'patches'");
}

/// [N, C, P * size, size] to [N * P, C, size, size], an image's patches one after the other. In
/// channels-last order nothing is copied.
inline torch::Tensor unstacked(const torch::Tensor& stack) {
  const int64_t side = stack.size(3);
  return stack.unflatten(2, {patch_count(stack), side}).transpose(1, 2).flatten(0, 1);
}

/// Back again, for N images.
inline torch::Tensor stacked(const torch::Tensor& patches, int64_t images) {
  return patches.unflatten(0, {images, -1}).transpose(1, 2).flatten(2, 3);
}

}  // namespace sslx
