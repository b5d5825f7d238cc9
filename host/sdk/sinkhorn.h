// Codes of SwAV (Caron et al. 2020, arXiv:2006.09882): soft assignments of images to prototypes
// that use all prototypes alike, by the Sinkhorn-Knopp algorithm (Cuturi 2013, arXiv:1306.0895).
#pragma once

#include <sslx/detail/export.h>
#include <sslx/group.h>
#include <sslx/torch_base.h>

namespace sslx {

/// Q* = Diag(u) exp(scores / epsilon) Diag(v) with every prototype's share 1/K of all images of the
/// group and every image's row summing to 1 (eq. 3 to 5). scores: [B, K] to [B, K], no gradient, in
/// float32 or wider: exp(1 / epsilon) is 5e8. Each iteration is a pass over prototypes, then
/// images, so rows are exact and shares approached. Constant scores give 1/K everywhere.
SSLX_API torch::Tensor sinkhorn(const torch::Tensor& scores, double epsilon, int64_t iterations,
                                Group& group);

/// Mean over images of -sum_k codes_k log softmax(scores / temperature)_k (eq. 2). [B, K] both; no
/// gradient into the codes. Constant scores give ln(K).
SSLX_API torch::Tensor code_prediction(const torch::Tensor& scores, const torch::Tensor& codes,
                                       double temperature);

}  // namespace sslx
