// make_views FOLDER SCENES: a data set of four views, image, depth, normals and segmentation, drawn
// from solids of three classes that lie on a plane: domes, roofs and pyramids. Training scenes a
// class are SCENES, test scenes half of that. Only the image has colour and light, which say
// nothing about the class.
#include <spng.h>
#include <sslx/random.h>

#include <array>
#include <cmath>
#include <functional>

#include "tests/host/data/data_fixture.h"

namespace {

constexpr int kSide = 32;

/// A solid over the plane: its height at a point, 0 beside it.
struct Solid {
  int kind = 0;
  float x = 0, y = 0, size = 0, turn = 0;

  float height(float at_x, float at_y) const {
    const float dx = at_x - x, dy = at_y - y;
    const float u = std::cos(turn) * dx + std::sin(turn) * dy;
    const float v = std::cos(turn) * dy - std::sin(turn) * dx;
    const float across = std::fabs(u), along = std::fabs(v);
    if (kind == 0) return std::sqrt(std::max(0.0F, size * size - u * u - v * v));
    const float slope = kind == 1 ? size - across : size - std::max(across, along);
    return kind == 1 && along > size ? 0.0F : std::max(0.0F, slope);
  }
};

struct Scene {
  Solid solid;
  std::array<float, 3> colour{}, ground{}, light{};

  /// Of the surface at a pixel, by differences of its height.
  std::array<float, 3> normal(float x, float y) const {
    const float dx = (solid.height(x + 0.5F, y) - solid.height(x - 0.5F, y));
    const float dy = (solid.height(x, y + 0.5F) - solid.height(x, y - 0.5F));
    const float length = std::sqrt(dx * dx + dy * dy + 1);
    return {-dx / length, -dy / length, 1 / length};
  }
};

uint8_t level(float share) {
  return static_cast<uint8_t>(std::lround(255 * std::min(1.0F, std::max(0.0F, share))));
}

Scene draw(int kind, sslx::RandomStream& random) {
  Scene out;
  out.solid = {kind, random.uniform(11, 21), random.uniform(11, 21), random.uniform(6, 10),
               random.uniform(0, 3)};
  for (float& value : out.colour) value = random.uniform(0.2F, 1);
  for (float& value : out.ground) value = random.uniform(0.2F, 1);
  const float direction = random.uniform(0, 6.28F);
  out.light = {0.6F * std::cos(direction), 0.6F * std::sin(direction), 0.8F};
  return out;
}

void write(const std::filesystem::path& folder, const std::string& file, const Scene& scene) {
  const auto height = [&](int x, int y) {
    return scene.solid.height(static_cast<float>(x), static_cast<float>(y));
  };
  const auto shaded = [&](int x, int y, int c) {
    const auto n = scene.normal(static_cast<float>(x), static_cast<float>(y));
    const float lit = n[0] * scene.light[0] + n[1] * scene.light[1] + n[2] * scene.light[2];
    const auto& paint = height(x, y) > 0 ? scene.colour : scene.ground;
    return level(std::max(0.1F, lit) * paint[static_cast<size_t>(c)]);
  };
  const auto direction = [&](int x, int y, int c) {
    return level(
        (1 + scene.normal(static_cast<float>(x), static_cast<float>(y))[static_cast<size_t>(c)]) /
        2);
  };
  const auto put = [&](const char* view, int colour, const sslx::test::Paint& paint) {
    sslx::test::write_file(folder / view / file, sslx::test::png(kSide, kSide, colour, 8, paint));
  };
  put("image", SPNG_COLOR_TYPE_TRUECOLOR, shaded);
  put("depth", SPNG_COLOR_TYPE_GRAYSCALE,
      [&](int x, int y, int) { return level(1 - height(x, y) / 12); });
  put("normals", SPNG_COLOR_TYPE_TRUECOLOR, direction);
  put("segmentation", SPNG_COLOR_TYPE_GRAYSCALE,
      [&](int x, int y, int) { return height(x, y) > 0 ? uint8_t{255} : uint8_t{0}; });
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 1;
  const int scenes = std::stoi(arguments[2]);
  const std::array<const char*, 3> classes{"dome", "pyramid", "roof"};
  const std::array<int, 3> kinds{0, 2, 1};
  for (int train = 0; train < 2; ++train) {
    for (uint32_t c = 0; c < 3; ++c) {
      for (int i = 0; i < (train != 0 ? scenes : scenes / 2); ++i) {
        sslx::RandomStream random(5, {static_cast<uint32_t>(train), static_cast<uint32_t>(i), 0,
                                      static_cast<uint16_t>(c)});
        const std::string part = train != 0 ? "train/" : "test/";
        write(arguments[1], part + classes[c] + "/" + std::to_string(i) + ".png",
              draw(kinds[c], random));
      }
    }
  }
  return 0;
}
