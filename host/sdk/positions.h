// The positions of the patches of an image, for vision transformers: fixed sines and cosines, and
// the interpolation that lets one network see images of any size.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/torch_base.h>

namespace sslx {

/// How many patches an image has.
struct PatchGrid {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t size() const { return rows * columns; }
  bool operator==(const PatchGrid&) const = default;
};

/// Fixed two-dimensional sine-cosine positions, [grid.size(), width], row after row. The patch in
/// row r and column c has, for k = 0 ... width/4 - 1 and omega_k = temperature^(-k / (width/4)),
///   sin(omega_k r), cos(omega_k r), sin(omega_k c), cos(omega_k c),
/// each a quarter of the vector, in this order (MoCo v3, arXiv:2104.02057, section 4.3, in the
/// layout of its code). So the squared norm is width / 2 everywhere.
/// Throws Error(kInput) unless width is a multiple of 4.
SSLX_API torch::Tensor sincos_positions(const PatchGrid& grid, int64_t width,
                                        double temperature = 10000.0);

/// Positions [1, P + from.size(), width] to [1, P + to.size(), width]: those of the patches by
/// antialiased bicubic interpolation, the P leading ones (class token) as they are. The same
/// numbers as timm's resample_abs_pos_embed; DINO's own code (arXiv:2104.14294) leaves the
/// antialiasing out. Equal grids give the very same tensor. Computed in the positions' own type,
/// also inside autocast; the gradient is deterministic on every device.
SSLX_API torch::Tensor resize_positions(const torch::Tensor& positions, const PatchGrid& from,
                                        const PatchGrid& to);

}  // namespace sslx
