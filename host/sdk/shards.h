// The losses that compare images of one batch, for a batch that several processes share: each has
// its shard's rows and takes the others' from the group. The mean over the processes of the value,
// and of the gradient of the weights, is that of the whole batch in one process; a group of one is
// the function of <sslx/losses.h> of the same name, to the bit.
#pragma once

#include <sslx/group.h>
#include <sslx/losses.h>

namespace sslx {

/// NT-Xent (SimCLR, eq. 1; arXiv:2002.05709) of this shard's 2B views against all processes' views.
SSLX_API ContrastiveLoss nt_xent(const torch::Tensor& z1, const torch::Tensor& z2,
                                 double temperature, Group& group);

/// The same with `memory` [K, D] among the candidates (SimCLR v2, section 2; arXiv:2006.10029):
/// unit rows without a gradient; it may be undefined. All equally similar gives ln(2B - 1 + K), B
/// of all processes.
SSLX_API ContrastiveLoss nt_xent(const torch::Tensor& z1, const torch::Tensor& z2,
                                 const torch::Tensor& memory, double temperature, Group& group);

/// InfoNCE of queries against the keys of the whole batch, no queue (MoCo v3, algorithm 1,
/// arXiv:2104.02057; the end-to-end form of MoCo's figure 2, arXiv:1911.05722). queries, keys:
/// [B, D], normalised here. A gradient into the keys flows unless the caller detaches them; then
/// the other processes' queries are in it. All equally similar gives ln(N), N of all processes.
SSLX_API ContrastiveLoss in_batch_info_nce(const torch::Tensor& queries, const torch::Tensor& keys,
                                           double temperature, Group& group);

/// InvaSpread (arXiv:1904.03436) of this shard's 2B views against all processes' views.
SSLX_API ContrastiveLoss invariant_spreading(const torch::Tensor& z1, const torch::Tensor& z2,
                                             double temperature, Group& group);

/// Barlow Twins' loss (arXiv:2103.03230) on the cross-correlation over all processes' images, each
/// channel standardised with the mean and deviation over all of them. The same in every process.
SSLX_API CorrelationLoss cross_correlation(const torch::Tensor& z1, const torch::Tensor& z2,
                                           double weight, Group& group);

}  // namespace sslx
