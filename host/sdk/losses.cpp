#include <ATen/autocast_mode.h>
#include <sslx/losses.h>

#include <limits>

namespace sslx {
namespace {

/// At least float32: bf16 and half have too few digits for a softmax over thousands of logits.
torch::Tensor wide(const torch::Tensor& x) {
  return x.scalar_type() == torch::kFloat64 ? x : x.to(torch::kFloat32);
}

/// Matrix products of a loss stay in full precision inside autocast.
class FullPrecision {
 public:
  explicit FullPrecision(torch::DeviceType device)
      : device_(device), enabled_(at::autocast::is_autocast_enabled(device)) {
    at::autocast::set_autocast_enabled(device_, false);
  }
  FullPrecision(const FullPrecision&) = delete;
  FullPrecision& operator=(const FullPrecision&) = delete;
  ~FullPrecision() { at::autocast::set_autocast_enabled(device_, enabled_); }

 private:
  torch::DeviceType device_;
  bool enabled_;
};

ContrastiveLoss cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  torch::NoGradGuard guard;
  torch::Tensor accuracy = logits.argmax(1).eq(targets).to(torch::kFloat32).mean();
  at::AutoGradMode with_gradient(true);
  return {torch::nn::functional::cross_entropy(logits, targets), accuracy};
}

}  // namespace

torch::Tensor unit_rows(const torch::Tensor& x) {
  return torch::nn::functional::normalize(wide(x),
                                          torch::nn::functional::NormalizeFuncOptions().dim(1));
}

ContrastiveLoss nt_xent(const torch::Tensor& z1, const torch::Tensor& z2, double temperature) {
  const FullPrecision guard(z1.device().type());
  const int64_t count = z1.size(0);
  const torch::Tensor z = unit_rows(torch::cat({z1, z2}));
  torch::Tensor logits = torch::mm(z, z.t()) / temperature;
  const torch::Tensor self = torch::eye(2 * count, logits.options().dtype(torch::kBool));
  logits = logits.masked_fill(self, -std::numeric_limits<double>::infinity());
  const torch::Tensor rows = torch::arange(2 * count, logits.options().dtype(torch::kInt64));
  return cross_entropy(logits, (rows + count).remainder(2 * count));
}

ContrastiveLoss info_nce(const torch::Tensor& queries, const torch::Tensor& keys,
                         const torch::Tensor& queue, double temperature) {
  const FullPrecision guard(queries.device().type());
  const torch::Tensor q = unit_rows(queries);
  const torch::Tensor k = unit_rows(keys).detach();
  const torch::Tensor positive = (q * k).sum(1, /*keepdim=*/true);
  const torch::Tensor negative = torch::mm(q, wide(queue).t());
  const torch::Tensor logits = torch::cat({positive, negative}, 1) / temperature;
  return cross_entropy(logits, torch::zeros({q.size(0)}, q.options().dtype(torch::kInt64)));
}

torch::Tensor negative_cosine(const torch::Tensor& p, const torch::Tensor& z) {
  return -(unit_rows(p) * unit_rows(z.detach())).sum(1).mean();
}

torch::Tensor output_deviation(const torch::Tensor& z) {
  const torch::NoGradGuard guard;
  return unit_rows(z.detach()).std(0, /*unbiased=*/false).mean();
}

}  // namespace sslx
