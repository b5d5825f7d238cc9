// Solarize, blur, sobel, noise, cutout, rotation and Lab by tensor operations.
#include <sslx/augmentation.h>
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include <cmath>
#include <numbers>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"
#include "host/sdk/images/tensors.h"

namespace sslx::image_ops::tensor_path {
namespace {

namespace F = torch::nn::functional;

torch::Tensor floats(const torch::Tensor& images, const char* operation, bool any_channels) {
  return to_unit_float(checked(images, operation, any_channels));
}

torch::Tensor padded(const torch::Tensor& x, int64_t vertical, int64_t horizontal, bool reflect) {
  const auto options = F::PadFuncOptions({horizontal, horizontal, vertical, vertical});
  if (reflect) return F::pad(x, F::PadFuncOptions(options).mode(torch::kReflect));
  return F::pad(x, F::PadFuncOptions(options).mode(torch::kReplicate));
}

/// One pass of each image's own kernel [N, K] along `axis`, 2 or 3.
torch::Tensor filtered(const torch::Tensor& x, const torch::Tensor& kernels, int64_t axis) {
  const int64_t reach = kernels.size(1) / 2;
  const torch::Tensor wide = padded(x, axis == 2 ? reach : 0, axis == 3 ? reach : 0, true);
  torch::Tensor out = torch::zeros_like(x);
  for (int64_t k = 0; k < kernels.size(1); ++k) {
    out += kernels.select(1, k).view({-1, 1, 1, 1}) * wide.narrow(axis, k, x.size(axis));
  }
  return out;
}

/// [N, 2, 3] for affine_grid: output places to input places, in units of half an image.
torch::Tensor turns(const torch::Tensor& degrees, int64_t height, int64_t width) {
  const torch::Tensor angle = degrees.to(torch::kFloat64) * (std::numbers::pi / 180);
  const torch::Tensor c = angle.cos();
  const torch::Tensor s = angle.sin();
  const double aspect = static_cast<double>(height) / static_cast<double>(width);
  const torch::Tensor zero = torch::zeros_like(c);
  return torch::stack(
             {torch::stack({c, -s * aspect, zero}, 1), torch::stack({s / aspect, c, zero}, 1)}, 1)
      .to(torch::kFloat32);
}

torch::Tensor linear_light(const torch::Tensor& x) {
  return torch::where(x > 0.04045, ((x + 0.055) / 1.055).clamp_min(0).pow(2.4), x / 12.92);
}

}  // namespace

torch::Tensor solarize(const torch::Tensor& images, const torch::Tensor& parameters,
                       double threshold) {
  const torch::Tensor x = floats(images, "solarize", false);
  return torch::where((column(parameters, 0, x) != 0).logical_and(x >= threshold), 1 - x, x);
}

torch::Tensor gaussian_blur(const torch::Tensor& images, const torch::Tensor& parameters,
                            int64_t kernel) {
  const torch::Tensor x = floats(images, "blur", true);
  std::vector<torch::Tensor> rows;
  for (int64_t n = 0; n < x.size(0); ++n) {
    const auto sigma = parameters[n][0].item<double>();
    rows.push_back(torch::tensor(gaussian_kernel(kernel, sigma > 0 ? sigma : 1e-3)));
  }
  const torch::Tensor kernels = torch::stack(rows).to(x.device());
  const torch::Tensor out = filtered(filtered(x, kernels, 2), kernels, 3);
  return torch::where(column(parameters, 0, x) > 0, out, x);
}

torch::Tensor sobel_gradients(const torch::Tensor& images) {
  const torch::Tensor x = padded(luma(floats(images, "sobel", false)), 1, 1, false);
  const auto along = [](const torch::Tensor& t, int64_t axis) {
    return t.slice(axis, 2) - t.slice(axis, 0, -2);
  };
  const auto across = [](const torch::Tensor& t, int64_t axis) {
    return 0.25 * (t.slice(axis, 2) + t.slice(axis, 0, -2)) + 0.5 * t.slice(axis, 1, -1);
  };
  return torch::cat({across(along(x, 3), 2), across(along(x, 2), 3)}, 1);
}

torch::Tensor sobel(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor x = floats(images, "sobel", false);
  const torch::Tensor edges = sobel_gradients(x).square().mean(1, /*keepdim=*/true).sqrt();
  return torch::where(column(parameters, 0, x) != 0, edges.expand_as(x), x);
}

torch::Tensor gaussian_noise(const torch::Tensor& images, const torch::Tensor& parameters) {
  // The numbers are the CPU's, so that a draw is the same on every device.
  const torch::Tensor x = floats(images, "noise", true);
  const torch::Tensor normal = normal_field(x.sizes(), parameters).to(x.device());
  return torch::where(column(parameters, 0, x) > 0,
                      (x + column(parameters, 0, x) * normal).clamp(0, 1), x);
}

torch::Tensor cutout(const torch::Tensor& images, const torch::Tensor& parameters,
                     const std::vector<double>& fill) {
  const torch::Tensor x = floats(images, "cutout", true);
  const auto inside = [&](int64_t begin, int64_t axis) {
    std::vector<int64_t> shape{1, 1, 1, 1};
    shape[static_cast<size_t>(axis)] = x.size(axis);
    const torch::Tensor place = torch::arange(x.size(axis), x.options()).view(shape);
    const torch::Tensor first = column(parameters, begin, x);
    return (place >= first).logical_and(place < first + column(parameters, begin + 2, x));
  };
  const torch::Tensor values = torch::tensor(fill, x.options()).view({1, -1, 1, 1});
  return torch::where(inside(0, 2).logical_and(inside(1, 3)), values, x);
}

torch::Tensor rotate(const torch::Tensor& images, const torch::Tensor& parameters) {
  const torch::Tensor x = floats(images, "rotate", true);
  const torch::Tensor theta = turns(parameters.select(1, 0), x.size(2), x.size(3)).to(x.device());
  const torch::Tensor grid = torch::affine_grid_generator(theta, x.sizes(), false);
  const torch::Tensor out = torch::grid_sampler(x, grid, /*bilinear*/ 0, /*zeros*/ 0, false);
  return torch::where(column(parameters, 0, x) != 0, out, x);
}

torch::Tensor rgb_to_lab(const torch::Tensor& images, LabChannels channels) {
  const torch::Tensor light = linear_light(floats(images, "lab", false));
  const torch::Tensor to_xyz = torch::tensor({0.412453, 0.357580, 0.180423, 0.212671, 0.715160,
                                              0.072169, 0.019334, 0.119193, 0.950227},
                                             light.options())
                                   .view({3, 3});
  const torch::Tensor white = torch::tensor({0.95047, 1.0, 1.08883}, light.options());
  const torch::Tensor xyz = torch::einsum("nchw,dc->ndhw", {light, to_xyz / white.view({3, 1})});
  const torch::Tensor root =
      torch::where(xyz > 0.008856, xyz.clamp_min(0).pow(1.0 / 3), 7.787 * xyz + 16.0 / 116);
  const torch::Tensor x = root.narrow(1, 0, 1);
  const torch::Tensor y = root.narrow(1, 1, 1);
  const torch::Tensor z = root.narrow(1, 2, 1);
  std::vector<torch::Tensor> out;
  if (channels != LabChannels::kColour) out.push_back(116 * y - 16);
  if (channels != LabChannels::kLightness) {
    out.push_back(500 * (x - y));
    out.push_back(200 * (y - z));
  }
  return torch::cat(out, 1);
}

}  // namespace sslx::image_ops::tensor_path
