#include "host/tools/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sslx::train {

torch::Tensor histogram_of(const torch::Tensor& image, int64_t bins) {
  std::vector<torch::Tensor> out;
  for (const torch::Tensor& channel : image.to(torch::kFloat32).unbind(0)) {
    out.push_back(channel.clamp(0, 1).histc(bins, 0, 1) / channel.numel());
  }
  return torch::stack(out);
}

void draw_histogram(data::Canvas& canvas, int64_t left, int64_t top, int64_t width, int64_t height,
                    const torch::Tensor& image) {
  constexpr data::Colour kGround{235, 235, 235};
  constexpr std::array<data::Colour, 3> kRgb{{{200, 0, 0}, {0, 140, 0}, {0, 60, 220}}};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) canvas.set(left + x, top + y, kGround);
  }
  const torch::Tensor shares = histogram_of(image, width / 2);
  const double most = std::max(shares.max().item<double>(), 1e-9);
  const auto at = shares.accessor<float, 2>();
  const bool is_rgb = shares.size(0) == 3;
  for (int64_t channel = 0; channel < shares.size(0); ++channel) {
    const data::Colour colour = is_rgb ? kRgb[static_cast<size_t>(channel)] : data::Colour{};
    int64_t last = -1;
    for (int64_t x = 0; x < width; ++x) {
      const auto bin = std::min(x / 2, shares.size(1) - 1);
      const double share = at[channel][bin] / most;
      const auto y = std::lround((1 - share) * static_cast<double>(height - 1));
      const int64_t from = last < 0 ? y : std::min<int64_t>(last, y);
      const int64_t to = last < 0 ? y : std::max<int64_t>(last, y);
      for (int64_t between = from; between <= to; ++between) {
        canvas.set(left + x, top + between, colour);
      }
      last = y;
    }
  }
}

}  // namespace sslx::train
