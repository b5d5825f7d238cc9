// What a probe of frozen features yields, and how it is named: every figure carries the fingerprint
// of the protocol that made it, so that no table mixes two.
#pragma once

#include <sslx/torch_base.h>
#include <nlohmann/json.hpp>
#include <string>

namespace sslx::evaluate {

struct ProbeResult {
  std::string metric;         ///< "knn_top1", "linear_top1"
  double accuracy = 0;        ///< Percent of the test images.
  torch::Tensor predictions;  ///< [N] int64, the class given to each test image.
  nlohmann::json protocol;    ///< Everything that the figure depends on besides the weights.
};

/// Percent of `predictions` that equal `labels`.
double top1(const torch::Tensor& predictions, const torch::Tensor& labels);

/// The journal's "result" fields of a probe: value, protocol, its fingerprint, base64 predictions.
nlohmann::json result_fields(const ProbeResult& result);

}  // namespace sslx::evaluate
