// Flips and turns.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "host/sdk/images/loops.h"

namespace sslx::image_ops {

SSLX_MULTIVERSION void mirror_rows(float* x, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width) {
    float* __restrict left = x;
    float* __restrict right = x + width - 1;
    for (int64_t i = 0; i < width / 2; ++i) {
      const float kept = left[i];
      left[i] = right[-i];
      right[-i] = kept;
    }
  }
}

void turn_quarter(float* __restrict out, const float* __restrict in, int64_t side,
                  bool counter_clockwise) {
  const int64_t last = side - 1;
  for (int64_t y = 0; y < side; ++y) {
    for (int64_t x = 0; x < side; ++x) {
      out[y * side + x] = counter_clockwise ? in[x * side + last - y] : in[(last - x) * side + y];
    }
  }
}

/// A row of the turned plane: (x, y) is where its first pixel comes from in `padded`, and each next
/// one comes from `step_x`, `step_y` further.
SSLX_MULTIVERSION void turn_row(float* __restrict out, const float* __restrict padded,
                                int32_t stride, int32_t height, int32_t width, int64_t count,
                                float x, float y, float step_x, float step_y) {
  const auto right = static_cast<float>(width + 1);
  const auto bottom = static_cast<float>(height + 1);
  for (int32_t i = 0; i < static_cast<int32_t>(count); ++i) {
    float at_x = x + static_cast<float>(i) * step_x;
    float at_y = y + static_cast<float>(i) * step_y;
    at_x = at_x < 0 ? 0 : at_x;
    at_x = at_x > right ? right : at_x;
    at_y = at_y < 0 ? 0 : at_y;
    at_y = at_y > bottom ? bottom : at_y;
    const auto left = static_cast<int32_t>(at_x);
    const auto top = static_cast<int32_t>(at_y);
    const float across = at_x - static_cast<float>(left);
    const float down = at_y - static_cast<float>(top);
    const int32_t place = top * stride + left;
    const float upper = padded[place] + across * (padded[place + 1] - padded[place]);
    const float lower =
        padded[place + stride] + across * (padded[place + stride + 1] - padded[place + stride]);
    out[i] = upper + down * (lower - upper);
  }
}

void turn_plane(float* out, const float* in, int64_t height, int64_t width, double degrees) {
  const int64_t stride = width + 3;  // A black pixel before, two after: reached with weight 0.
  std::vector<float> padded(static_cast<size_t>((height + 3) * stride));
  for (int64_t y = 0; y < height; ++y) {
    std::copy_n(in + y * width, width, padded.data() + (y + 1) * stride + 1);
  }
  const double angle = degrees * std::numbers::pi / 180;
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double middle_x = static_cast<double>(width - 1) / 2;
  const double middle_y = static_cast<double>(height - 1) / 2;
  for (int64_t y = 0; y < height; ++y) {
    const double dy = static_cast<double>(y) - middle_y;
    turn_row(out + y * width, padded.data(), static_cast<int32_t>(stride),
             static_cast<int32_t>(height), static_cast<int32_t>(width), width,
             static_cast<float>(middle_x + 1 - c * middle_x - s * dy),
             static_cast<float>(middle_y + 1 - s * middle_x + c * dy), static_cast<float>(c),
             static_cast<float>(s));
  }
}

}  // namespace sslx::image_ops
