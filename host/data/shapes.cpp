// The built-in procedural data set: shapes in random colour, place, size and rotation on a shaded,
// noisy ground. A class is a shape, told by nothing else. Each image is a function of (shape_seed,
// split, index).
#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/random.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "host/data/formats.h"
#include "host/data/memory.h"

namespace sslx::data {
namespace {

using Colour = std::array<float, 3>;

constexpr size_t kMostBytes = size_t{64} << 30;
constexpr int kSamples = 4;  ///< Per pixel and axis, for smooth edges.

struct Point {
  float x;
  float y;
};

Point direction(float angle) { return {std::cos(angle), std::sin(angle)}; }

bool in_triangle(Point p) {
  static const std::array<Point, 3> sides{direction(0),
                                          direction(2 * std::numbers::pi_v<float> * 1.F / 3),
                                          direction(2 * std::numbers::pi_v<float> * 2.F / 3)};
  return std::ranges::none_of(
      sides, [p](const Point& side) { return p.x * side.x + p.y * side.y > 0.5F; });
}

bool in_star(Point p) {
  const float fifth = 2 * std::numbers::pi_v<float> / 5;
  float angle = std::fmod(std::atan2(p.y, p.x) + 4 * fifth, fifth);
  angle = std::min(angle, fifth - angle);  // From the nearest tip.
  const float radius = std::hypot(p.x, p.y);
  // Left of the edge from the tip (1, 0) to the inner corner at half of a fifth.
  const Point inner{0.42F * std::cos(fifth / 2), 0.42F * std::sin(fifth / 2)};
  const Point here{radius * std::cos(angle), radius * std::sin(angle)};
  return (inner.x - 1) * here.y - inner.y * (here.x - 1) >= 0;
}

/// Whether the point is in the shape of the class, which fills the unit circle.
bool inside(int64_t shape, Point p) {
  const float x = std::abs(p.x);
  const float y = std::abs(p.y);
  switch (shape) {
    case 0:
      return std::hypot(p.x, p.y) < 0.85F;
    case 1: {
      const float radius = std::hypot(p.x, p.y);
      return radius < 0.95F && radius > 0.5F;
    }
    case 2:
      return std::max(x, y) < 0.75F;
    case 3:
      return std::max(x, y) < 0.8F && std::max(x, y) > 0.42F;
    case 4:
      return in_triangle(p);
    case 5:
      return (x < 0.28F && y < 0.95F) || (y < 0.28F && x < 0.95F);
    case 6:
      return x < 0.98F && y < 0.28F;
    default:
      return in_star(p);
  }
}

const std::vector<std::string> kNames{"disc",     "ring", "square", "frame",
                                      "triangle", "plus", "bar",    "star"};

Colour random_colour(RandomStream& random) {
  return {random.uniform(), random.uniform(), random.uniform()};
}

float distance(const Colour& a, const Colour& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

/// A colour that stands out from the ground: the best of a few.
Colour contrasting(RandomStream& random, const Colour& ground) {
  Colour best = random_colour(random);
  for (int i = 0; i < 4; ++i) {
    const Colour other = random_colour(random);
    if (distance(other, ground) > distance(best, ground)) best = other;
  }
  return best;
}

class Drawing {
 public:
  Drawing(RandomStream& random, int64_t shape, int64_t side) : shape_(shape), side_(side) {
    ground_[0] = random_colour(random);
    ground_[1] = ground_[0];
    for (float& value : ground_[1]) value = std::clamp(value + random.uniform(-.3F, .3F), 0.F, 1.F);
    colour_ = contrasting(random, ground_[0]);
    const auto pixels = static_cast<float>(side);
    radius_ = pixels * random.uniform(0.22F, 0.4F);
    centre_ = {random.uniform(radius_, pixels - radius_),
               random.uniform(radius_, pixels - radius_)};
    turn_ = direction(random.uniform(0, 2 * std::numbers::pi_v<float>));
    shade_ = direction(random.uniform(0, 2 * std::numbers::pi_v<float>));
  }

  void paint(RandomStream& random, uint8_t* pixels) const {
    for (int64_t y = 0; y < side_; ++y) {
      for (int64_t x = 0; x < side_; ++x) {
        const float share = coverage(x, y);
        const float ramp = shading(x, y);
        for (size_t c = 0; c < 3; ++c) {
          const float ground = ground_[0][c] + ramp * (ground_[1][c] - ground_[0][c]);
          const float value =
              ground + share * (colour_[c] - ground) + random.uniform(-0.06F, 0.06F);
          pixels[(static_cast<int64_t>(c) * side_ + y) * side_ + x] =
              static_cast<uint8_t>(std::lround(255 * std::clamp(value, 0.F, 1.F)));
        }
      }
    }
  }

 private:
  float coverage(int64_t x, int64_t y) const {
    int hits = 0;
    for (int i = 0; i < kSamples * kSamples; ++i) {
      const int row = i / kSamples;
      const float dx = static_cast<float>(x) + (static_cast<float>(i % kSamples) + .5F) / kSamples;
      const float dy = static_cast<float>(y) + (static_cast<float>(row) + .5F) / kSamples;
      const Point p{(dx - centre_.x) / radius_, (dy - centre_.y) / radius_};
      if (p.x * p.x + p.y * p.y > 2.0F) continue;
      hits +=
          inside(shape_, {p.x * turn_.x + p.y * turn_.y, p.y * turn_.x - p.x * turn_.y}) ? 1 : 0;
    }
    return static_cast<float>(hits) / (kSamples * kSamples);
  }

  float shading(int64_t x, int64_t y) const {
    const auto pixels = static_cast<float>(side_);
    return 0.5F + ((static_cast<float>(x) / pixels - 0.5F) * shade_.x +
                   (static_cast<float>(y) / pixels - 0.5F) * shade_.y);
  }

  int64_t shape_;
  int64_t side_;
  std::array<Colour, 2> ground_{};
  Colour colour_{};
  float radius_ = 0;
  Point centre_{};
  Point turn_{};
  Point shade_{};
};

ImageSet draw_part(const DataSpec& spec, const char* size_option, uint32_t split) {
  const int64_t side = spec.integer("size");
  const int64_t count = spec.integer(size_option);
  ImageSet out{3, side, side, {}, {}};
  if (static_cast<size_t>(count) * out.image_bytes() > kMostBytes) {
    throw input_error(fmt::format("data.{} is {} at {} x {} pixels, which is more than 64 GiB",
                                  size_option, count, side, side));
  }
  check_memory(
      static_cast<double>(count) * static_cast<double>(out.image_bytes()),
      fmt::format("data.{}: {} images of 3 x {} x {} bytes", size_option, count, side, side),
      "Fewer or smaller images fit.");
  std::vector<uint8_t> pixels(static_cast<size_t>(count) * out.image_bytes());
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = i % static_cast<int64_t>(kNames.size());
    RandomStream random(static_cast<uint64_t>(spec.integer("shape_seed")),
                        {split, static_cast<uint32_t>(i), 0, 0});
    Drawing(random, label, side)
        .paint(random, pixels.data() + static_cast<size_t>(i) * out.image_bytes());
    out.labels.push_back(label);
  }
  out.pixels = std::move(pixels);
  return out;
}

}  // namespace

int64_t shape_classes() { return static_cast<int64_t>(kNames.size()); }

Dataset draw_shapes(const DataSpec& spec) {
  return {draw_part(spec, "train_size", 0), draw_part(spec, "test_size", 1), kNames, {}, 0};
}

}  // namespace sslx::data
