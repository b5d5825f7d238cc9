#include <sslx/error.h>
#include <sslx/kmeans.h>
#include <sslx/losses.h>
#include <sslx/precision.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sslx {
namespace {

using torch::Tensor;

/// Rows that are compared with all centroids at a time.
constexpr int64_t kChunk = 4096;

struct Nearest {
  Tensor labels;
  Tensor scores;  ///< x.c - |c|^2 / 2, or x.c.
};

Nearest nearest(const Tensor& rows, const Tensor& centroids, bool spherical) {
  const Tensor half = centroids.square().sum(1) / 2;
  std::vector<Tensor> labels, scores;
  for (const Tensor& part : rows.split(kChunk)) {
    const Tensor dot = torch::mm(part, centroids.t());
    auto [score, label] = (spherical ? dot : dot - half).max(1);
    labels.push_back(label);
    scores.push_back(score);
  }
  return {torch::cat(labels), torch::cat(scores)};
}

Tensor objective_of(const Tensor& rows, const Tensor& scores, bool spherical) {
  return spherical ? scores.mean() : (rows.square().sum(1) - 2 * scores).mean();
}

/// The sum of each cluster's rows, [K, D]. A product with the assignment's matrix, since
/// index_add_ takes the rows in any order on a GPU.
Tensor sums_of(const Tensor& rows, const Tensor& labels, int64_t count) {
  Tensor out = torch::zeros({count, rows.size(1)}, rows.options());
  const auto parts = rows.split(kChunk);
  const auto of_parts = labels.split(kChunk);
  for (size_t i = 0; i < parts.size(); ++i) {
    const Tensor of = torch::zeros({count, parts[i].size(0)}, rows.options())
                          .scatter_(0, of_parts[i].unsqueeze(0), 1);
    out.addmm_(of, parts[i]);
  }
  return out;
}

/// Gives each empty cluster half of the one that is largest then; faiss's perturbation.
void split_largest(Tensor& centroids, Tensor sizes) {
  constexpr double kStep = 1.0 / 1024;
  const Tensor sign = 1 - 2 * torch::arange(centroids.size(1), centroids.options()).remainder(2);
  sizes = sizes.to(torch::kCPU, torch::kFloat64).clone();
  auto size = sizes.accessor<double, 1>();
  for (int64_t empty = 0; empty < sizes.size(0); ++empty) {
    if (size[empty] > 0) continue;
    const int64_t largest = sizes.argmax().item<int64_t>();
    centroids[empty].copy_(centroids[largest] * (1 + kStep * sign));
    centroids[largest].copy_(centroids[largest] * (1 - kStep * sign));
    size[empty] = size[largest] = size[largest] / 2;
  }
}

Tensor moved(const Tensor& rows, const Tensor& labels, const Tensor& old,
             const KMeansOptions& options) {
  const Tensor sizes = labels.bincount({}, old.size(0)).to(rows.scalar_type());
  const Tensor mean = sums_of(rows, labels, old.size(0)) / sizes.clamp_min(1).unsqueeze(1);
  Tensor out = torch::where((sizes > 0).unsqueeze(1), mean, old);
  if (options.split_for_empty) split_largest(out, sizes);
  return options.spherical ? unit_rows(out) : out;
}

Tensor entropy(const Tensor& shares) { return -torch::xlogy(shares, shares).sum(); }

}  // namespace

Tensor drawn_rows(const Tensor& rows, int64_t count, torch::Generator generator) {
  if (count > rows.size(0)) {
    throw input_error("there are " + std::to_string(count) + " clusters for " +
                      std::to_string(rows.size(0)) + " images; they must be at most that many");
  }
  const Tensor order = torch::randperm(rows.size(0), generator, torch::kInt64);
  return rows.index_select(0, order.slice(0, 0, count).to(rows.device()));
}

Clusters kmeans(const Tensor& rows, const Tensor& start, const KMeansOptions& options) {
  const torch::NoGradGuard guard;
  const FullPrecision precision(rows.device().type());
  Tensor centroids = start;
  Nearest found = nearest(rows, centroids, options.spherical);
  for (int64_t i = 0; i < options.iterations; ++i) {
    centroids = moved(rows, found.labels, centroids, options);
    found = nearest(rows, centroids, options.spherical);
  }
  return {centroids, found.labels, objective_of(rows, found.scores, options.spherical)};
}

Tensor whitened(const Tensor& rows, int64_t width) {
  const torch::NoGradGuard guard;
  const FullPrecision precision(rows.device().type());
  const Tensor centred = rows - rows.mean(0);
  const Tensor covariance = torch::mm(centred.t(), centred) / static_cast<double>(centred.size(0));
  auto [variances, directions] = torch::linalg_eigh(covariance);  // rising
  const int64_t skipped = std::max<int64_t>(variances.size(0) - width, 0);
  const Tensor kept = variances.slice(0, skipped);
  const Tensor scale = torch::where(kept > 1e-6 * kept.max(), kept.rsqrt(), 0.0);
  return torch::mm(centred, directions.slice(1, skipped) * scale);
}

Tensor mutual_information(const Tensor& a, const Tensor& b) {
  const int64_t width = b.max().item<int64_t>() + 1;
  const Tensor joint = (a * width + b).bincount().to(torch::kFloat64);
  const auto share = [&](const Tensor& counts) {
    return counts.to(torch::kFloat64) / static_cast<double>(a.size(0));
  };
  const Tensor of_a = entropy(share(a.bincount())), of_b = entropy(share(b.bincount()));
  const Tensor common = of_a + of_b - entropy(share(joint));
  // Two labellings with one cluster each are the same.
  const Tensor scale = (of_a * of_b).sqrt();
  return torch::where(scale > 0, common / scale, (of_a == of_b).to(torch::kFloat64));
}

}  // namespace sslx
