// Losses that several methods share. All run in float32 or wider whatever autocast does, on any
// device.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/torch_base.h>

namespace sslx {

/// A loss over K+1 candidates an anchor, and how often the positive scored highest.
struct ContrastiveLoss {
  torch::Tensor value;     ///< Scalar, mean over anchors.
  torch::Tensor accuracy;  ///< Scalar in [0, 1], detached: the (K+1)-way accuracy.
};

/// The share of the rows of logits [B, K] whose largest is that of targets [B] int64: a detached
/// scalar.
SSLX_API torch::Tensor accuracy(const torch::Tensor& logits, const torch::Tensor& targets);

/// NT-Xent over the 2B views of a batch (SimCLR, eq. 1; arXiv:2002.05709): cosine similarities over
/// `temperature`, each view's positive is the image's other view, its negatives the other 2(B-1).
/// z1, z2: [B, D], not necessarily normalised. All equal gives ln(2B-1).
SSLX_API ContrastiveLoss nt_xent(const torch::Tensor& z1, const torch::Tensor& z2,
                                 double temperature);

/// InfoNCE of queries against their keys and a queue of negatives (MoCo, eq. 1; arXiv:1911.05722).
/// queries, keys: [B, D]; queue: [K, D]; all are l2-normalised here but the queue, which holds unit
/// vectors. All equally similar gives ln(K+1).
SSLX_API ContrastiveLoss info_nce(const torch::Tensor& queries, const torch::Tensor& keys,
                                  const torch::Tensor& queue, double temperature);

/// Cross-entropy of logits [B, 1+K] whose first column is the positive.
SSLX_API ContrastiveLoss first_of(const torch::Tensor& logits);

/// Dot products of queries [B, D] with candidates, over `temperature`, [B, K]: the same candidates
/// [K, D] for all queries, or [B, K, D], each query's own. Nothing is normalised.
SSLX_API torch::Tensor similarities(const torch::Tensor& queries, const torch::Tensor& candidates,
                                    double temperature);

/// Cross-entropy of each query's own key among all keys: queries [B, D], keys [N, D], neither
/// normalised here, targets [B] int64 the places of the queries' keys (InstDisc, eq. 2;
/// arXiv:1805.01978. CMC, eq. 3; arXiv:1906.05849). All equally similar gives ln(N).
SSLX_API ContrastiveLoss softmax_over(const torch::Tensor& queries, const torch::Tensor& keys,
                                      const torch::Tensor& targets, double temperature);

/// Mean over the batch of cos(p, z), with a gradient into both. p, z: [B, D].
SSLX_API torch::Tensor cosine(const torch::Tensor& p, const torch::Tensor& z);

/// Mean over the batch of -cos(p, z), no gradient into z (SimSiam, eq. 1; arXiv:2011.10566).
SSLX_API torch::Tensor negative_cosine(const torch::Tensor& p, const torch::Tensor& z);

/// Mean over the batch of |n(p) - n(z)|^2 = 2 - 2 cos(p, z), no gradient into z (BYOL, eq. 2;
/// arXiv:2006.07733). p, z: [B, D]. 0 in the same direction, 4 in opposite ones.
SSLX_API torch::Tensor normalised_distance(const torch::Tensor& p, const torch::Tensor& z);

/// Multi-class NCE of Wu et al. (InstDisc, eq. 5 to 8; arXiv:1805.01978): each anchor's positive
/// against M noise images drawn uniformly among `images`. logits: [B, 1+M], v.f / tau with the
/// positive first; normaliser: [] the constant Z that makes exp(logit) / Z a probability. No
/// gradient into Z. All probabilities 1/images give ln(M+1) + M ln((M+1)/M).
SSLX_API ContrastiveLoss noise_contrastive(const torch::Tensor& logits,
                                           const torch::Tensor& normaliser, int64_t images);

/// Instance feature learning of Ye et al. (InvaSpread, eq. 4 to 6; arXiv:1904.03436), as the
/// authors' code has it: over all 2B rows, -log of the share of an image's other view, and
/// -log(1 - share) of every other row, with the second factor of each product detached. z1, z2:
/// [B, D], not necessarily normalised. All equal gives ln(2B-1) - (2B-2) ln(1 - 1/(2B-1)).
SSLX_API ContrastiveLoss invariant_spreading(const torch::Tensor& z1, const torch::Tensor& z2,
                                             double temperature);

/// A loss on the cross-correlation C of two views, and what C looks like.
struct CorrelationLoss {
  torch::Tensor value;         ///< Scalar.
  torch::Tensor diagonal;      ///< Scalar, detached: the mean of C_ii, 1 when invariant.
  torch::Tensor off_diagonal;  ///< Scalar, detached: the root mean square of the other C_ij.
};

/// sum_i (1 - C_ii)^2 + weight sum_{i != j} C_ij^2 (Barlow Twins, eq. 1 and 2; arXiv:2103.03230).
/// z1, z2: [B, D], standardised here over the batch with the biased deviation, as the authors'
/// batch norm does (eps 1e-5); constant outputs give D.
SSLX_API CorrelationLoss cross_correlation(const torch::Tensor& z1, const torch::Tensor& z2,
                                           double weight);

/// Rows scaled to length 1, in float32 or wider.
SSLX_API torch::Tensor unit_rows(const torch::Tensor& x);

/// Deviation over the batch of the unit rows of z, mean over channels, times sqrt(D): 1 when they
/// are spread over the sphere, 0 when they have collapsed (SimSiam, section 4.1; arXiv:2011.10566).
/// [B, D] to a detached scalar.
SSLX_API torch::Tensor output_deviation(const torch::Tensor& z);

/// How many directions the unit rows of z fill: one over the mean squared cosine of all pairs of
/// the first 64 rows (their own included), which is the participation ratio of the uncentred second
/// moment. 1 when all rows lie on one line through zero, on either side: a collapse that batch norm
/// hides from output_deviation(), since outputs whose mean is zero cannot be all the same. At most
/// min(64, B, D). [B, D] to a detached scalar.
SSLX_API torch::Tensor output_rank(const torch::Tensor& z);

}  // namespace sslx
