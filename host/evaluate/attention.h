// Whether a vision transformer's attention finds the object, as a number: the Jaccard index of the
// class token's attention and the true mask (Caron et al. 2021, DINO, arXiv:2104.14294, figure 4).
#pragma once

#include <functional>

#include "host/evaluate/features.h"
#include "host/evaluate/probe.h"

namespace sslx::evaluate {

/// Prepared images [N, C, H, W] on the device to maps [N, heads, rows, columns].
using AttentionMaps = std::function<torch::Tensor(const torch::Tensor& images)>;

/// Which pixels of each head's map [N, heads, rows, columns] hold `mass` of its attention, the
/// greatest first: bool of the same shape.
torch::Tensor kept_mass(const torch::Tensor& maps, double mass);

/// Intersection over union of bool maps [N, heads, H, W] and masks [N, H, W]: [N, heads]; 0 where
/// both are empty.
torch::Tensor jaccard(const torch::Tensor& kept, const torch::Tensor& masks);

struct AttentionOptions {
  double mass = 0.6;
  int64_t mask = 0;  ///< The channel of the images in which the mask is, 0 or 255.
  int64_t batch_size = 100;
};

/// Percent, of the head that has the greatest over all images: metric "attention_jaccard". Throws
/// Error(kInput) when preparing the images changes their size, since the mask is not changed.
ProbeResult attention_probe(const AttentionMaps& maps, const data::Images& images,
                            const Prepare& prepare, torch::Device device,
                            const AttentionOptions& options);

}  // namespace sslx::evaluate
