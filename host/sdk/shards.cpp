#include <sslx/precision.h>
#include <sslx/shards.h>

#include <algorithm>
#include <limits>

namespace sslx {
namespace {

using torch::Tensor;

constexpr double kNever = -std::numeric_limits<double>::infinity();

/// Where the 2B views of this shard are among those of all processes, [2B].
Tensor own_places(const Tensor& views, const Group& group) {
  const int64_t count = views.size(0);
  return torch::arange(count, views.options().dtype(torch::kInt64)) + group.rank() * count;
}

/// Where each of them has its image's other view.
Tensor positive_places(const Tensor& views, const Group& group) {
  const int64_t count = views.size(0);
  const Tensor rows = torch::arange(count, views.options().dtype(torch::kInt64));
  return (rows + count / 2).remainder(count) + group.rank() * count;
}

/// Similarities of this shard's views to all; a view is no candidate of its own.
Tensor among_others(const Tensor& views, const Tensor& all, double temperature,
                    const Group& group) {
  const Tensor logits = torch::mm(views, all.t()) / temperature;
  return logits.scatter(1, own_places(views, group).unsqueeze(1), kNever);
}

/// Each channel with mean 0 and variance 1 (biased) over the images of all processes.
Tensor standardised_columns(const Tensor& z, Group& group) {
  constexpr double kEps = 1e-5;
  if (group.size() == 1) {
    return torch::batch_norm(wide(z), {}, {}, {}, {}, /*training=*/true, 0.0, kEps,
                             /*cudnn_enabled=*/true);
  }
  const auto images = static_cast<double>(z.size(0) * group.size());
  const Tensor centred = wide(z) - group.sum(wide(z).sum(0)) / images;
  const Tensor variance = group.sum(centred.square().sum(0)) / images;
  return centred * (variance + kEps).rsqrt();
}

/// Of a square matrix all but the diagonal: without its last element, in rows of D+1, the diagonal
/// is the first column.
Tensor off_diagonal(const Tensor& c) {
  const int64_t side = c.size(0);
  return c.flatten().slice(0, 0, c.numel() - 1).view({side - 1, side + 1}).slice(1, 1);
}

}  // namespace

ContrastiveLoss nt_xent(const Tensor& z1, const Tensor& z2, double temperature, Group& group) {
  return nt_xent(z1, z2, Tensor(), temperature, group);
}

ContrastiveLoss nt_xent(const Tensor& z1, const Tensor& z2, const Tensor& memory,
                        double temperature, Group& group) {
  const FullPrecision guard(z1.device().type());
  const Tensor z = unit_rows(torch::cat({z1, z2}));
  Tensor all = group.gather(z);
  if (memory.defined()) all = torch::cat({all, memory.to(z.scalar_type())});
  const Tensor logits = among_others(z, all, temperature, group);
  const Tensor positives = positive_places(z, group);
  return {torch::nn::functional::cross_entropy(logits, positives), accuracy(logits, positives)};
}

ContrastiveLoss in_batch_info_nce(const Tensor& queries, const Tensor& keys, double temperature,
                                  Group& group) {
  return softmax_over(unit_rows(queries), group.gather(unit_rows(keys)), own_places(queries, group),
                      temperature);
}

ContrastiveLoss invariant_spreading(const Tensor& z1, const Tensor& z2, double temperature,
                                    Group& group) {
  const FullPrecision guard(z1.device().type());
  const Tensor z = unit_rows(torch::cat({z1, z2}));
  const Tensor logits = among_others(z, group.gather(z.detach()), temperature, group);
  const Tensor shares = logits.log_softmax(1);
  const Tensor positives = positive_places(z, group);
  // A share that rounds to 1 would have an infinite term. The positive's term is another one, and
  // the view's own, whose share is 0, is log(1).
  const Tensor rest = torch::log1p(-shares.exp().clamp_max(1 - 1e-7));
  const Tensor negatives = rest.scatter(1, positives.unsqueeze(1), 0);
  const Tensor value = -(shares.gather(1, positives.unsqueeze(1)).sum() + negatives.sum()) /
                       static_cast<double>(z.size(0));
  return {value, accuracy(shares, positives)};
}

CorrelationLoss cross_correlation(const Tensor& z1, const Tensor& z2, double weight, Group& group) {
  const FullPrecision guard(z1.device().type());
  const Tensor shard =
      torch::mm(standardised_columns(z1, group).t(), standardised_columns(z2, group));
  const Tensor c = group.sum(shard) / static_cast<double>(z1.size(0) * group.size());
  const Tensor diagonal = c.diagonal();
  const Tensor rest = off_diagonal(c);
  const Tensor redundancy = rest.square().sum();
  return {(1 - diagonal).square().sum() + weight * redundancy, diagonal.detach().mean(),
          (redundancy.detach() / static_cast<double>(std::max<int64_t>(rest.numel(), 1))).sqrt()};
}

}  // namespace sslx
