#include "host/evaluate/probe.h"

#include <sslx/detail/digest.h>

#include "host/record/journal.h"

namespace sslx::evaluate {
namespace {

/// Classes as little-endian uint16, one an image.
std::string packed(const torch::Tensor& predictions) {
  std::string bytes;
  const auto classes = predictions.accessor<int64_t, 1>();
  for (int64_t i = 0; i < predictions.size(0); ++i) {
    bytes += static_cast<char>(classes[i] & 0xff);
    bytes += static_cast<char>((classes[i] >> 8) & 0xff);
  }
  return bytes;
}

}  // namespace

double top1(const torch::Tensor& predictions, const torch::Tensor& labels) {
  return 100.0 * static_cast<double>(predictions.eq(labels).sum().item<int64_t>()) /
         static_cast<double>(labels.size(0));
}

nlohmann::json result_fields(const ProbeResult& result) {
  return {{"metric", result.metric},
          {"value", result.accuracy},
          {"unit", "%"},
          {"protocol", result.protocol},
          {"fingerprint", sha256_hex(result.protocol.dump())},
          {"predictions", train::base64(packed(result.predictions))}};
}

}  // namespace sslx::evaluate
