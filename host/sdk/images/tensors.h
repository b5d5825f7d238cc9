// What the tensor operations share.
#pragma once

#include <sslx/torch_base.h>

namespace sslx::image_ops::tensor_path {

/// Column `i` of the parameters on the images' device, shaped to broadcast over [N, C, H, W].
inline torch::Tensor column(const torch::Tensor& parameters, int64_t i, const torch::Tensor& like) {
  return parameters.select(1, i).to(like.device()).view({-1, 1, 1, 1});
}

/// [N, 1, H, W]; gray images are their own luma.
inline torch::Tensor luma(const torch::Tensor& x) {
  if (x.size(1) == 1) return x;
  return (0.2989 * x.select(1, 0) + 0.587 * x.select(1, 1) + 0.114 * x.select(1, 2)).unsqueeze(1);
}

}  // namespace sslx::image_ops::tensor_path
