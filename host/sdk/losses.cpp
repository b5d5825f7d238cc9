#include <sslx/losses.h>
#include <sslx/precision.h>
#include <sslx/shards.h>

#include <cmath>

namespace sslx {
namespace {

ContrastiveLoss cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets) {
  return {torch::nn::functional::cross_entropy(logits, targets), accuracy(logits, targets)};
}

}  // namespace

torch::Tensor accuracy(const torch::Tensor& logits, const torch::Tensor& targets) {
  return logits.detach().argmax(1).eq(targets).to(torch::kFloat32).mean();
}

torch::Tensor unit_rows(const torch::Tensor& x) {
  return torch::nn::functional::normalize(wide(x),
                                          torch::nn::functional::NormalizeFuncOptions().dim(1));
}

ContrastiveLoss nt_xent(const torch::Tensor& z1, const torch::Tensor& z2, double temperature) {
  Group alone;
  return nt_xent(z1, z2, temperature, alone);
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
  const torch::Tensor rows = candidates.to(q.scalar_type());
  const bool shared = rows.dim() == 2;
  const torch::Tensor products =
      shared ? torch::mm(q, rows.t()) : torch::bmm(rows, q.unsqueeze(2)).squeeze(2);
  return products / temperature;
}

ContrastiveLoss softmax_over(const torch::Tensor& queries, const torch::Tensor& keys,
                             const torch::Tensor& targets, double temperature) {
  return cross_entropy(similarities(queries, keys, temperature), targets);
}

torch::Tensor cosine(const torch::Tensor& p, const torch::Tensor& z) {
  return (unit_rows(p) * unit_rows(z)).sum(1).mean();
}

torch::Tensor negative_cosine(const torch::Tensor& p, const torch::Tensor& z) {
  return -cosine(p, z.detach());
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
  Group alone;
  return invariant_spreading(z1, z2, temperature, alone);
}

CorrelationLoss cross_correlation(const torch::Tensor& z1, const torch::Tensor& z2, double weight) {
  Group alone;
  return cross_correlation(z1, z2, weight, alone);
}

torch::Tensor output_deviation(const torch::Tensor& z) {
  const torch::NoGradGuard guard;
  const double scale = std::sqrt(static_cast<double>(z.size(1)));
  return scale * unit_rows(z.detach()).std(0, /*unbiased=*/false).mean();
}

torch::Tensor output_rank(const torch::Tensor& z) {
  const torch::NoGradGuard guard;
  const FullPrecision full(z.device().type());
  const torch::Tensor rows = unit_rows(z.detach().slice(0, 0, 64));
  return torch::mm(rows, rows.t()).square().mean().reciprocal();
}

}  // namespace sslx
