#include <ATen/autocast_mode.h>
#include <sslx/losses.h>

#include <algorithm>
#include <cmath>
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

/// Each channel with mean 0 and variance 1 over the batch.
torch::Tensor standardised_columns(const torch::Tensor& z) {
  return torch::batch_norm(wide(z), {}, {}, {}, {}, /*training=*/true, 0.0, 1e-5,
                           /*cudnn_enabled=*/true);
}

/// Of a square matrix, everything but the diagonal: no row is compared with itself.
torch::Tensor other_rows(const torch::Tensor& like) {
  return torch::eye(like.size(0), like.options().dtype(torch::kBool)).logical_not();
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
  logits = logits.masked_fill(~other_rows(logits), -std::numeric_limits<double>::infinity());
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
  return first_of(torch::cat({positive, negative}, 1) / temperature);
}

ContrastiveLoss first_of(const torch::Tensor& logits) {
  return cross_entropy(logits,
                       torch::zeros({logits.size(0)}, logits.options().dtype(torch::kInt64)));
}

torch::Tensor similarities(const torch::Tensor& queries, const torch::Tensor& candidates,
                           double temperature) {
  const FullPrecision guard(queries.device().type());
  const torch::Tensor q = wide(queries);
  return torch::bmm(candidates.to(q.scalar_type()), q.unsqueeze(2)).squeeze(2) / temperature;
}

ContrastiveLoss softmax_over(const torch::Tensor& queries, const torch::Tensor& keys,
                             const torch::Tensor& targets, double temperature) {
  const FullPrecision guard(queries.device().type());
  const torch::Tensor q = wide(queries);
  return cross_entropy(torch::mm(q, keys.to(q.scalar_type()).t()) / temperature, targets);
}

torch::Tensor negative_cosine(const torch::Tensor& p, const torch::Tensor& z) {
  return -(unit_rows(p) * unit_rows(z.detach())).sum(1).mean();
}

torch::Tensor normalised_distance(const torch::Tensor& p, const torch::Tensor& z) {
  return 2 + 2 * negative_cosine(p, z);
}

ContrastiveLoss noise_contrastive(const torch::Tensor& logits, const torch::Tensor& normaliser,
                                  int64_t images) {
  const torch::Tensor wide_logits = wide(logits);
  const double noise =
      static_cast<double>(logits.size(1) - 1) / static_cast<double>(images);  // M P_n
  // h = P / (P + M P_n) is the sigmoid of log(P / (M P_n)), which needs no small number in a log.
  const torch::Tensor ratio = wide_logits - normaliser.detach().log() - std::log(noise);
  const torch::Tensor data = torch::log_sigmoid(ratio.select(1, 0));
  const torch::Tensor others = torch::log_sigmoid(-ratio.slice(1, 1)).sum(1);
  const torch::Tensor first = wide_logits.detach().argmax(1).eq(0);
  return {-(data + others).mean(), first.to(torch::kFloat32).mean()};
}

ContrastiveLoss invariant_spreading(const torch::Tensor& z1, const torch::Tensor& z2,
                                    double temperature) {
  const FullPrecision guard(z1.device().type());
  const int64_t count = z1.size(0);
  const torch::Tensor z = unit_rows(torch::cat({z1, z2}));
  const torch::Tensor logits = torch::mm(z, z.detach().t()) / temperature;
  const torch::Tensor others = other_rows(logits);
  const torch::Tensor shares =
      logits.masked_fill(~others, -std::numeric_limits<double>::infinity()).log_softmax(1);
  const torch::Tensor rows = torch::arange(2 * count, logits.options().dtype(torch::kInt64));
  const torch::Tensor positives = (rows + count).remainder(2 * count).unsqueeze(1);
  const torch::Tensor negatives = others.scatter(1, positives, false);
  // A share that rounds to 1 would have an infinite term.
  const torch::Tensor rest = torch::log1p(-shares.exp().clamp_max(1 - 1e-7));
  const torch::Tensor value =
      -(shares.gather(1, positives).sum() + rest.masked_fill(~negatives, 0).sum()) / (2 * count);
  const torch::Tensor hits = shares.detach().argmax(1).eq(positives.squeeze(1));
  return {value, hits.to(torch::kFloat32).mean()};
}

CorrelationLoss cross_correlation(const torch::Tensor& z1, const torch::Tensor& z2, double weight) {
  const FullPrecision guard(z1.device().type());
  const torch::Tensor c = torch::mm(standardised_columns(z1).t(), standardised_columns(z2)) /
                          static_cast<double>(z1.size(0));
  const torch::Tensor diagonal = c.diagonal();
  // Without its last element, D+1 elements a row: the diagonal is the first column.
  const torch::Tensor rest =
      c.flatten().slice(0, 0, c.numel() - 1).view({c.size(0) - 1, c.size(0) + 1}).slice(1, 1);
  const torch::Tensor redundancy = rest.square().sum();
  return {(1 - diagonal).square().sum() + weight * redundancy, diagonal.detach().mean(),
          (redundancy.detach() / static_cast<double>(std::max<int64_t>(rest.numel(), 1))).sqrt()};
}

torch::Tensor output_deviation(const torch::Tensor& z) {
  const torch::NoGradGuard guard;
  return unit_rows(z.detach()).std(0, /*unbiased=*/false).mean();
}

}  // namespace sslx
