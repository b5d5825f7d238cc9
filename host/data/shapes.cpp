// The built-in procedural data set: shapes in random colour, place, size and rotation on a shaded,
// noisy ground. A class is a shape, told by nothing else. Each image is a function of (shape_seed,
// split, index). On request it has a texture, small shapes that are not the class (clutter), and
// further views of the same thing: its edges, depth and mask, or a partner, another picture that
// shares with it what data.shares names (the nuisances of InfoMin, arXiv:2005.10243, section 4).
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

constexpr uint16_t kTexture = 1;  ///< Streams of what the first pictures do not have,
constexpr uint16_t kClutter = 2;  ///< so that these stay as they are.
constexpr uint16_t kPartner = 3;
constexpr uint16_t kDepth = 4;

/// Stripes over the whole picture, of one direction and width.
struct Stripes {
  float strength = 0;
  Point wave{};  ///< Radians a pixel.
  float phase = 0;

  float at(float x, float y) const {
    return strength == 0 ? 0 : strength * std::sin(wave.x * x + wave.y * y + phase);
  }
};

Stripes draw_stripes(RandomStream random, float strength) {
  const Point along = direction(random.uniform(0, 2 * std::numbers::pi_v<float>));
  const float wave = 2 * std::numbers::pi_v<float> / random.uniform(2.5F, 8.F);
  return {strength, {along.x * wave, along.y * wave}, random.uniform(0, 6.28F)};
}

/// Mean luminance weights (ITU-R BT.601).
float luminance(const Colour& colour) {
  return 0.299F * colour[0] + 0.587F * colour[1] + 0.114F * colour[2];
}

uint8_t byte_of(float value) {
  return static_cast<uint8_t>(std::lround(255 * std::clamp(value, 0.F, 1.F)));
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

  /// Takes from another what the two share.
  void share(const Drawing& other, const std::vector<std::string>& what) {
    for (const std::string& name : what) {
      if (name == "shape") shape_ = other.shape_;
      if (name == "colour") {
        colour_ = other.colour_;
        ground_ = other.ground_;
        shade_ = other.shade_;
      }
      if (name == "place") {
        radius_ = other.radius_;
        centre_ = other.centre_;
      }
      if (name == "turn") turn_ = other.turn_;
    }
  }

  void add_texture(const Stripes& stripes) { stripes_ = stripes; }
  /// One that lies behind.
  void add_clutter(RandomStream& random) {
    Drawing small(random, static_cast<int64_t>(random.below(kNames.size())), side_);
    const auto pixels = static_cast<float>(side_);
    small.radius_ = pixels * random.uniform(0.07F, 0.12F);
    small.centre_ = {random.uniform(0, pixels), random.uniform(0, pixels)};
    clutter_.push_back(small);
  }

  void paint(RandomStream& random, uint8_t* pixels) const {
    for (int64_t y = 0; y < side_; ++y) {
      for (int64_t x = 0; x < side_; ++x) {
        const float share = coverage(x, y);
        const Colour ground = ground_at(x, y);
        const float stripes = stripes_.at(static_cast<float>(x), static_cast<float>(y));
        for (size_t c = 0; c < 3; ++c) {
          const float value = ground[c] + share * (colour_[c] - ground[c]) + stripes +
                              random.uniform(-0.06F, 0.06F);
          pixels[(static_cast<int64_t>(c) * side_ + y) * side_ + x] = byte_of(value);
        }
      }
    }
  }

  /// How far the shape is there, 0 or 1 and between them at its edge.
  void paint_mask(uint8_t* pixels) const {
    each_pixel([&](int64_t x, int64_t y) { *pixels++ = byte_of(coverage(x, y)); });
  }

  /// Sobel's gradient of the luminance, without noise.
  void paint_edges(uint8_t* pixels) const {
    std::vector<float> light;
    each_pixel([&](int64_t x, int64_t y) { light.push_back(light_at(x, y)); });
    const auto at = [&](int64_t x, int64_t y) {
      return light[static_cast<size_t>(std::clamp<int64_t>(y, 0, side_ - 1) * side_ +
                                       std::clamp<int64_t>(x, 0, side_ - 1))];
    };
    each_pixel([&](int64_t x, int64_t y) {
      float across = 0;
      float down = 0;
      for (int64_t i = -1; i <= 1; ++i) {
        const float weight = i == 0 ? 2 : 1;
        across += weight * (at(x + 1, y + i) - at(x - 1, y + i));
        down += weight * (at(x + i, y + 1) - at(x + i, y - 1));
      }
      *pixels++ = byte_of(std::hypot(across, down) / 2);
    });
  }

  /// Near is bright: the shape stands before a ground that leans, with the noise of a sensor.
  void paint_depth(RandomStream& random, uint8_t* pixels) const {
    const float near = random.uniform(0.6F, 0.95F);
    each_pixel([&](int64_t x, int64_t y) {
      const float ground = 0.1F + 0.3F * shading(x, y);
      const float value = ground + coverage(x, y) * (near - ground);
      *pixels++ = byte_of(value + random.uniform(-0.03F, 0.03F));
    });
  }

 private:
  template <typename Use>
  void each_pixel(Use use) const {
    for (int64_t y = 0; y < side_; ++y) {
      for (int64_t x = 0; x < side_; ++x) use(x, y);
    }
  }

  Colour ground_at(int64_t x, int64_t y) const {
    const float ramp = shading(x, y);
    Colour out{};
    for (size_t c = 0; c < 3; ++c) {
      out[c] = ground_[0][c] + ramp * (ground_[1][c] - ground_[0][c]);
    }
    for (const Drawing& small : clutter_) {
      const float share = small.coverage(x, y);
      for (size_t c = 0; c < 3; ++c) out[c] += share * (small.colour_[c] - out[c]);
    }
    return out;
  }

  float light_at(int64_t x, int64_t y) const {
    const float ground = luminance(ground_at(x, y));
    return ground + coverage(x, y) * (luminance(colour_) - ground);
  }

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
  Stripes stripes_{};
  std::vector<Drawing> clutter_{};
};

/// What is drawn of each thing: the picture, or the views that data.views names.
struct Wanted {
  explicit Wanted(const DataSpec& spec)
      : side(spec.integer("size")),
        seed(static_cast<uint64_t>(spec.integer("shape_seed"))),
        texture(spec.options.value("texture", 0.F)),
        clutter(spec.options.value("clutter", int64_t{0})),
        shares(spec.options.value("shares", std::vector<std::string>())),
        views(spec.options.value("views", std::vector<std::string>{"image"})) {}

  int64_t side;
  uint64_t seed;
  float texture;
  int64_t clutter;
  std::vector<std::string> shares;
  std::vector<std::string> views;

  RandomStream stream(uint32_t split, int64_t image, uint16_t of = 0, uint16_t which = 0) const {
    return RandomStream(seed, {split, static_cast<uint32_t>(image), of, which});
  }
};

Drawing drawing_of(const Wanted& wanted, RandomStream& random, uint32_t split, int64_t image,
                   uint16_t which, int64_t label) {
  Drawing out(random, label, wanted.side);
  if (wanted.texture > 0) {
    out.add_texture(draw_stripes(wanted.stream(split, image, kTexture, which), wanted.texture));
  }
  RandomStream clutter = wanted.stream(split, image, kClutter, which);
  for (int64_t i = 0; i < wanted.clutter; ++i) out.add_clutter(clutter);
  return out;
}

/// All views of one thing, one after the other.
void draw_views(const Wanted& wanted, uint32_t split, int64_t image, int64_t label,
                uint8_t* pixels) {
  RandomStream random = wanted.stream(split, image);
  const Drawing drawing = drawing_of(wanted, random, split, image, 0, label);
  for (const std::string& view : wanted.views) {
    if (view == "image") drawing.paint(random, pixels);
    if (view == "mask") drawing.paint_mask(pixels);
    if (view == "edges") drawing.paint_edges(pixels);
    if (view == "depth") {
      RandomStream noise = wanted.stream(split, image, kDepth);
      drawing.paint_depth(noise, pixels);
    }
    if (view == "partner") {
      RandomStream other = wanted.stream(split, image, kPartner);
      const auto shape = static_cast<int64_t>(other.below(kNames.size()));
      Drawing partner = drawing_of(wanted, other, split, image, 1, shape);
      partner.share(drawing, wanted.shares);
      partner.paint(other, pixels);
    }
    pixels += shape_view_channels(view) * wanted.side * wanted.side;
  }
}

ImageSet draw_part(const DataSpec& spec, const char* size_option, uint32_t split) {
  const Wanted wanted(spec);
  const int64_t side = wanted.side;
  const int64_t count = spec.integer(size_option);
  ImageSet out{0, side, side, {}, {}};
  for (const std::string& view : wanted.views) out.channels += shape_view_channels(view);
  if (static_cast<size_t>(count) * out.image_bytes() > kMostBytes) {
    throw input_error(fmt::format("data.{} is {} at {} x {} pixels, which is more than 64 GiB",
                                  size_option, count, side, side));
  }
  check_memory(static_cast<double>(count) * static_cast<double>(out.image_bytes()),
               fmt::format("data.{}: {} images of {} x {} x {} bytes", size_option, count,
                           out.channels, side, side),
               "Fewer or smaller images fit.");
  std::vector<uint8_t> pixels(static_cast<size_t>(count) * out.image_bytes());
  for (int64_t i = 0; i < count; ++i) {
    const int64_t label = i % static_cast<int64_t>(kNames.size());
    draw_views(wanted, split, i, label, pixels.data() + static_cast<size_t>(i) * out.image_bytes());
    out.labels.push_back(label);
  }
  out.pixels = std::move(pixels);
  return out;
}

}  // namespace

int64_t shape_classes() { return static_cast<int64_t>(kNames.size()); }

int64_t shape_view_channels(const std::string& view) {
  return view == "image" || view == "partner" ? 3 : 1;
}

std::vector<Source> shape_sources(const DataSpec& spec) {
  std::vector<Source> out;
  for (const std::string& view : spec.options.value("views", std::vector<std::string>())) {
    out.push_back({view, shape_view_channels(view)});
  }
  return out;
}

Dataset draw_shapes(const DataSpec& spec) {
  Dataset out{draw_part(spec, "train_size", 0), draw_part(spec, "test_size", 1), kNames, {}, 0};
  out.sources = shape_sources(spec);
  return out;
}

}  // namespace sslx::data
