// k-means over the features of a data set, as DeepCluster has it (Caron et al. 2018,
// arXiv:1807.05520), and its spherical form (DeepCluster v2, in arXiv:2006.09882, appendix C).
// Everything runs on the rows' device; the same input gives the same bits.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/torch_base.h>

namespace sslx {

struct KMeansOptions {
  int64_t iterations = 10;
  /// Rows and centroids are unit vectors, and near means a large dot product.
  bool spherical = false;
  /// An empty cluster gets half of the largest one, by two slightly different copies of its
  /// centroid (DeepCluster, section 3.3); else it keeps its centroid, as in v2.
  bool split_for_empty = false;
};

struct Clusters {
  torch::Tensor centroids;  ///< [K, D].
  torch::Tensor labels;     ///< [N] int64: the nearest of these centroids.
  /// [] mean squared distance of the rows to their centroids, or mean dot product when spherical.
  torch::Tensor objective;
};

/// `count` different rows, drawn: where k-means starts. Throws Error(kInput) when there are fewer.
SSLX_API torch::Tensor drawn_rows(const torch::Tensor& rows, int64_t count,
                                  torch::Generator generator);

/// Lloyd's algorithm from `start` [K, D] on `rows` [N, D].
SSLX_API Clusters kmeans(const torch::Tensor& rows, const torch::Tensor& start,
                         const KMeansOptions& options);

/// The `width` (at most D) directions of largest variance, each scaled to variance 1: [N, D] to
/// [N, width]. A direction with less than a millionth of the largest variance is 0.
SSLX_API torch::Tensor whitened(const torch::Tensor& rows, int64_t width);

/// Normalised mutual information of two labellings [N] of the same rows, with the geometric mean
/// (DeepCluster, eq. 3): 1 when they are the same up to names, 0 when independent.
SSLX_API torch::Tensor mutual_information(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace sslx
