// How often each brightness is in a picture, a curve for each channel (SimCLR, arXiv:2002.05709,
// figure 6).
#pragma once

#include <sslx/torch_base.h>

#include "host/data/canvas.h"

namespace sslx::train {

/// Shares of the pixels of [channels, H, W] in 0..1 in as many even bins: [channels, bins].
torch::Tensor histogram_of(const torch::Tensor& image, int64_t bins);

/// Into the rectangle, the most frequent of all channels at its top; three channels are red, green
/// and blue, any other number is black.
void draw_histogram(data::Canvas& canvas, int64_t left, int64_t top, int64_t width, int64_t height,
                    const torch::Tensor& image);

}  // namespace sslx::train
