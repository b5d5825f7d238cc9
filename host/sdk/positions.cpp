#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/positions.h>

#include <cmath>

namespace sslx {
namespace {

using torch::Tensor;

/// [count, width / 2]: the sines, then the cosines, of every frequency at every place.
Tensor waves(const Tensor& places, const Tensor& frequencies) {
  const Tensor angles = torch::outer(places, frequencies);
  return torch::cat({angles.sin(), angles.cos()}, 1);
}

/// The weights [to, from] of the interpolation along one axis: what it makes of unit vectors. A
/// product with them, unlike the interpolation itself, has a deterministic gradient on CUDA.
Tensor axis_weights(int64_t from, int64_t to, const torch::TensorOptions& options) {
  const Tensor unit = torch::eye(from, options).view({1, 1, from, from});
  return at::_upsample_bicubic2d_aa(unit, {to, from}, /*align_corners=*/false).view({to, from});
}

}  // namespace

Tensor sincos_positions(const PatchGrid& grid, int64_t width, double temperature) {
  if (width % 4 != 0) {
    throw input_error(fmt::format(
        "sine-cosine positions need a width that is a multiple of 4, and {} is not", width));
  }
  const Tensor exponents = torch::arange(width / 4, torch::kFloat32) / (width / 4);
  const Tensor frequencies = torch::pow(temperature, exponents).reciprocal();
  const Tensor rows = waves(torch::arange(grid.rows, torch::kFloat32), frequencies);
  const Tensor columns = waves(torch::arange(grid.columns, torch::kFloat32), frequencies);
  return torch::cat({rows.repeat_interleave(grid.columns, 0), columns.repeat({grid.rows, 1})}, 1);
}

Tensor resize_positions(const Tensor& positions, const PatchGrid& from, const PatchGrid& to) {
  if (from == to) return positions;
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
  const int64_t width = positions.size(2);
  const int64_t leading = positions.size(1) - from.size();
  const auto options = positions.options().requires_grad(false);
  const Tensor patches = positions.narrow(1, leading, from.size());
  const Tensor rows = torch::mm(axis_weights(from.rows, to.rows, options),
                                patches.reshape({from.rows, from.columns * width}))
                          .view({to.rows, from.columns, width});
  const Tensor resized = torch::matmul(axis_weights(from.columns, to.columns, options), rows);
  return torch::cat({positions.narrow(1, 0, leading), resized.reshape({1, to.size(), width})}, 1);
}

}  // namespace sslx
