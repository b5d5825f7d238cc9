#include <sslx/precision.h>
#include <sslx/sinkhorn.h>

#include <limits>

namespace sslx {

using torch::Tensor;

Tensor sinkhorn(const Tensor& scores, double epsilon, int64_t iterations, Group& group) {
  const torch::NoGradGuard guard;
  const Tensor s = wide(scores);
  // The largest score of all processes: their exponentials must have one scale.
  const Tensor largest = group.gather(s.max().view({1})).max();
  Tensor q = ((s - largest) / epsilon).exp();
  const auto images = static_cast<double>(s.size(0) * group.size());
  const auto prototypes = static_cast<double>(s.size(1));
  // A prototype so far from all images that its exponentials are 0 gets no share, instead of 0/0.
  constexpr double kTiny = std::numeric_limits<float>::min();
  q = q / group.sum(q.sum());
  for (int64_t i = 0; i < iterations; ++i) {
    q = q / (group.sum(q.sum(0)) * prototypes).clamp_min(kTiny);
    q = q / (q.sum(1, /*keepdim=*/true) * images).clamp_min(kTiny);
  }
  return q * images;
}

Tensor code_prediction(const Tensor& scores, const Tensor& codes, double temperature) {
  return -(codes.detach() * (wide(scores) / temperature).log_softmax(1)).sum(1).mean();
}

}  // namespace sslx
