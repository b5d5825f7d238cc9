// Gaussian noise: value i of an image depends on its key and on i alone.
#include <sslx/image_ops.h>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"

namespace sslx::image_ops {

torch::Tensor normal_field(at::IntArrayRef sizes, const torch::Tensor& parameters) {
  torch::Tensor out = torch::empty(sizes, torch::kFloat32);
  const torch::Tensor rows = parameters.contiguous();
  for (int64_t n = 0; n < out.size(0); ++n) {
    const float* row = row_of(rows, n);
    normal_values(values_of(out, n), out.stride(0), static_cast<uint32_t>(row[1]),
                  static_cast<uint32_t>(row[2]));
  }
  return out;
}

torch::Tensor gaussian_noise(torch::Tensor images, const torch::Tensor& parameters) {
  torch::Tensor x = checked(std::move(images), "noise", /*any_channels=*/true);
  if (!x.device().is_cpu()) return tensor_path::gaussian_noise(x, parameters);
  return each_changed(std::move(x), parameters,
                      [](const torch::Tensor& out, int64_t n, const float* row) {
                        if (row[0] <= 0) return;
                        add_noise(values_of(out, n), out.stride(0), row[0],
                                  static_cast<uint32_t>(row[1]), static_cast<uint32_t>(row[2]));
                      });
}

}  // namespace sslx::image_ops
