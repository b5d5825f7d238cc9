// Crop, flip, colour and normalisation by tensor operations.
#include <sslx/augmentation.h>
#include <sslx/image_ops.h>

#include <algorithm>

#include "host/sdk/images/tensor_path.h"
#include "host/sdk/images/tensors.h"

namespace sslx::image_ops {

std::array<int, 4> jitter_order(int index) {
  std::array<int, 4> out{0, 1, 2, 3};
  for (int i = 0; i < index; ++i) std::next_permutation(out.begin(), out.end());
  return out;
}

namespace tensor_path {
namespace {

/// One axis of the antialiased resize as a matrix for each image: [N, out, in]. Outside of the
/// pixels that the box touches a weight is 0.
torch::Tensor resize_matrix(const torch::Tensor& begin, const torch::Tensor& length, int64_t in,
                            int64_t out, Interpolation interpolation) {
  const auto options = begin.options().dtype(torch::kFloat64);
  const torch::Tensor first = begin.to(torch::kFloat64).view({-1, 1, 1});
  const torch::Tensor count = length.to(torch::kFloat64).view({-1, 1, 1});
  const torch::Tensor scale = count / static_cast<double>(out);
  const torch::Tensor centre = (torch::arange(out, options) + 0.5).view({1, -1, 1}) * scale;
  const torch::Tensor pixel = torch::arange(in, options).view({1, 1, -1});
  const torch::Tensor place = pixel - first;
  const torch::Tensor distance = (place + 0.5 - centre).abs() / scale.clamp_min(1.0);
  torch::Tensor weight = (1 - distance).clamp_min(0);
  if (interpolation == Interpolation::kBicubic) {  // Keys' kernel with a = -0.5, in Horner's form.
    const torch::Tensor near = (1.5 * distance - 2.5) * distance * distance + 1;
    const torch::Tensor far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
    weight = torch::where(distance < 1, near, torch::where(distance < 2, far, 0));
  }
  weight = weight * (pixel >= first.floor()) * (pixel < (first + count).ceil());
  return (weight / weight.sum(2, /*keepdim=*/true)).to(torch::kFloat32);
}

torch::Tensor brightness(const torch::Tensor& x, const torch::Tensor& factor) {
  return (x * factor).clamp(0, 1);
}

torch::Tensor contrast(const torch::Tensor& x, const torch::Tensor& factor) {
  return (x * factor + (1 - factor) * luma(x).mean({1, 2, 3}, true)).clamp(0, 1);
}

torch::Tensor saturation(const torch::Tensor& x, const torch::Tensor& factor) {
  if (x.size(1) == 1) return x;
  return (x * factor + (1 - factor) * luma(x)).clamp(0, 1);
}

torch::Tensor hue(const torch::Tensor& x, const torch::Tensor& shift) {
  if (x.size(1) == 1) return x;
  const torch::Tensor r = x.select(1, 0), g = x.select(1, 1), b = x.select(1, 2);
  const torch::Tensor top = x.amax(1), delta = top - x.amin(1);
  const torch::Tensor safe = torch::where(delta == 0, torch::ones_like(delta), delta);
  const torch::Tensor turns = torch::where(
      top == r, (g - b) / safe, torch::where(top == g, 2 + (b - r) / safe, 4 + (r - g) / safe));
  const torch::Tensor sixth = (turns + 6 * shift.view({-1, 1, 1})).remainder(6);
  std::vector<torch::Tensor> channels;
  for (const double offset : {5.0, 3.0, 1.0}) {
    const torch::Tensor k = (sixth + offset).remainder(6);
    channels.push_back(top - delta * torch::minimum(k, 4 - k).clamp(0, 1));
  }
  return torch::where((shift == 0), x, torch::stack(channels, 1));
}

torch::Tensor jitter_step(int operation, const torch::Tensor& x, const torch::Tensor& parameters) {
  const torch::Tensor strength = column(parameters, 1 + operation, x);
  switch (operation) {
    case 0:
      return brightness(x, strength);
    case 1:
      return contrast(x, strength);
    case 2:
      return saturation(x, strength);
    default:
      return hue(x, strength);
  }
}

}  // namespace

torch::Tensor resized_crop(const torch::Tensor& images, const torch::Tensor& parameters,
                           int64_t height, int64_t width, Interpolation interpolation) {
  const torch::Tensor x = to_unit_float(checked(images, "crop", /*any_channels=*/true));
  const torch::Tensor boxes = parameters.to(x.device());
  const torch::Tensor rows =
      resize_matrix(boxes.select(1, 0), boxes.select(1, 2), x.size(2), height, interpolation);
  const torch::Tensor columns =
      resize_matrix(boxes.select(1, 1), boxes.select(1, 3), x.size(3), width, interpolation);
  const torch::Tensor out =
      rows.unsqueeze(1).matmul(x).matmul(columns.transpose(1, 2).unsqueeze(1)).contiguous();
  return interpolation == Interpolation::kBicubic ? out.clamp(0, 1) : out;
}

torch::Tensor horizontal_flip(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor x = to_unit_float(checked(images, "flip", /*any_channels=*/true));
  return torch::where(column(parameters, 0, x) != 0, x.flip(3), x);
}

torch::Tensor color_jitter(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor original = to_unit_float(checked(images, "color"));
  torch::Tensor x = original;
  for (size_t position = 0; position < 4; ++position) {
    torch::Tensor next = x;
    for (int operation = 0; operation < 4; ++operation) {
      torch::Tensor chosen = torch::empty({x.size(0), 1, 1, 1}, torch::kBool);
      for (int64_t i = 0; i < x.size(0); ++i) {
        const int order = parameters[i][5].item<int>();
        chosen[i] = jitter_order(order)[position] == operation;
      }
      next = torch::where(chosen.to(x.device()), jitter_step(operation, x, parameters), next);
    }
    x = next;
  }
  return torch::where(column(parameters, 0, x) != 0, x, original);
}

torch::Tensor grayscale(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor x = to_unit_float(checked(images, "grayscale"));
  if (x.size(1) == 1) return x;
  return torch::where(column(parameters, 0, x) != 0, luma(x), x);
}

torch::Tensor normalize(const torch::Tensor& images, const std::vector<double>& mean,
                        const std::vector<double>& deviation) {
  const torch::Tensor x = to_unit_float(checked(images, "normalize", /*any_channels=*/true));
  const auto options = torch::TensorOptions(torch::kFloat32).device(x.device());
  const torch::Tensor centre = torch::tensor(mean, options).view({1, -1, 1, 1});
  return (x - centre) / torch::tensor(deviation, options).view({1, -1, 1, 1});
}

}  // namespace tensor_path
}  // namespace sslx::image_ops
