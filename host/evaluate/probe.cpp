#include "host/evaluate/probe.h"

#include <openssl/evp.h>
#include <sslx/detail/digest.h>

namespace sslx::evaluate {
namespace {

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

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
          {"predictions", base64(packed(result.predictions))}};
}

}  // namespace sslx::evaluate
