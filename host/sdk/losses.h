// Losses that several methods share. All run in float32 or wider whatever autocast does, on any
// device.
#pragma once

#include <sslx/export.h>
#include <torch/torch.h>

namespace sslx {

/// A loss over K+1 candidates an anchor, and how often the positive scored highest.
struct ContrastiveLoss {
  torch::Tensor value;     ///< Scalar, mean over anchors.
  torch::Tensor accuracy;  ///< Scalar in [0, 1], detached: the (K+1)-way accuracy.
};

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

/// Mean over the batch of -cos(p, z), no gradient into z (SimSiam, eq. 1; arXiv:2011.10566).
SSLX_API torch::Tensor negative_cosine(const torch::Tensor& p, const torch::Tensor& z);

/// Rows scaled to length 1, in float32 or wider.
SSLX_API torch::Tensor unit_rows(const torch::Tensor& x);

/// Deviation over the batch of the unit rows of z, mean over channels: about 1/sqrt(D) when they
/// are spread, 0 when they have collapsed. [B, D] to a detached scalar.
SSLX_API torch::Tensor output_deviation(const torch::Tensor& z);

}  // namespace sslx
