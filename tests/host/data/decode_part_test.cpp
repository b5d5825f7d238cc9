// A part of a JPEG is, pixel for pixel, that part of the whole image, however it was stored; at a
// lower scale it is near it. Restart markers change what it costs, not what it is.
#include <cmath>
#include <random>

#include "data_fixture.h"
#include "host/data/decode.h"
#include "host/data/jpeg/jpeg.h"
#include "host/data/jpeg/restarts.h"

namespace {

using sslx::data::DecodedPart;
using sslx::data::Image;
using sslx::data::Region;
using sslx::test::jpeg;
using sslx::test::JpegOptions;

/// Waves of several lengths and some grain: chroma varies from pixel to pixel.
uint8_t waves(int x, int y, int c) {
  const double wave = std::sin(x * 0.21 + c) + std::cos(y * 0.37 - c) + std::sin(x * y * 0.01);
  return static_cast<uint8_t>(128 + 35 * wave + (x * 7 + y * 13 + c * 5) % 11);
}

std::string picture(const JpegOptions& options, int channels = 3, int width = 117,
                    int height = 93) {
  return jpeg(width, height, channels, waves, options);
}

/// Inks as most programs write them, without Adobe's marker, which would mean inverted ones.
std::string without_adobe(std::string bytes) {
  const size_t marker = bytes.find("\xff\xee");
  return bytes.erase(marker, 16);
}

std::vector<std::pair<std::string, std::string>> pictures() {
  return {{"4:2:0", picture({.quality = 90})},
          {"4:2:2", picture({.quality = 90, .down = 1})},
          {"4:4:0", picture({.quality = 90, .across = 1})},
          {"4:4:4", picture({.quality = 90, .across = 1, .down = 1})},
          {"gray", picture({.quality = 90}, 1)},
          {"progressive", picture({.quality = 90, .progressive = true})},
          {"inverted inks", picture({}, 4)},
          {"inks", without_adobe(picture({}, 4))},
          {"restarts", picture({.quality = 90, .restart = 2})},
          {"restarts each row", picture({.quality = 90, .restart = 8})},
          {"restarts across rows", picture({.quality = 90, .restart = 3})},
          {"turned", picture({.quality = 90, .orientation = 6})},
          {"mirrored", picture({.quality = 90, .orientation = 7})},
          {"upside down", picture({.quality = 90, .restart = 4, .orientation = 3})}};
}

Region random_region(std::mt19937& random, const Image& whole) {
  const auto below = [&](int64_t n) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
  };
  Region out;
  out.height = 1 + below(whole.height);
  out.width = 1 + below(whole.width);
  out.top = below(whole.height - out.height + 1);
  out.left = below(whole.width - out.width + 1);
  return out;
}

/// The part's pixels out of what was decoded with it.
std::vector<uint8_t> cut(const Image& image, int64_t top, int64_t left, int64_t height,
                         int64_t width) {
  std::vector<uint8_t> out;
  for (int64_t c = 0; c < image.channels; ++c) {
    for (int64_t y = top; y < top + height; ++y) {
      const auto row = image.pixels.begin() + (c * image.height + y) * image.width + left;
      out.insert(out.end(), row, row + width);
    }
  }
  return out;
}

std::vector<uint8_t> part_pixels(const std::string& bytes, const Region& region) {
  const DecodedPart part = sslx::data::decode_part(bytes, region, 0, 0);
  EXPECT_EQ(part.image.error, "");
  EXPECT_EQ(part.scale, 1);
  return cut(part.image, std::lround(part.top), std::lround(part.left), region.height,
             region.width);
}

TEST(DecodePart, IsThatPartOfTheWholeImage) {
  std::mt19937 random(1);
  for (const auto& [name, bytes] : pictures()) {
    const Image whole = sslx::data::decode_bytes(bytes);
    ASSERT_EQ(whole.error, "") << name;
    for (int i = 0; i < 60; ++i) {
      const Region region = random_region(random, whole);
      ASSERT_EQ(part_pixels(bytes, region),
                cut(whole, region.top, region.left, region.height, region.width))
          << name << ": " << region.top << ' ' << region.left << ' ' << region.height << ' '
          << region.width;
    }
  }
}

TEST(DecodePart, DecodesNoMoreThanItNeeds) {
  const std::string bytes = picture({.quality = 90}, 3, 400, 300);
  const DecodedPart part = sslx::data::decode_part(bytes, {100, 200, 50, 40}, 0, 0);
  EXPECT_LE(part.image.height, 50 + 4);
  EXPECT_LE(part.image.width, 40 + 2 * 16 + 4);
}

/// The mean of by x by pixels of the whole image about each pixel of a smaller one.
double mean_about(const Image& whole, int64_t c, int64_t y, int64_t x, int64_t by) {
  double sum = 0;
  for (int64_t i = 0; i < by * by; ++i) {
    sum += whole.pixels[static_cast<size_t>((c * whole.height + y * by + i / by) * whole.width +
                                            x * by + i % by)];
  }
  return sum / static_cast<double>(by * by);
}

TEST(DecodePart, AtALowerScaleIsNearTheMeansOfTheWholeImage) {
  for (const int64_t by : {2, 4, 8}) {
    const std::string bytes = picture({.quality = 95, .across = 1, .down = 1}, 3, 256, 192);
    const Image whole = sslx::data::decode_bytes(bytes);
    const Region region{16, 32, 128, 160};
    const DecodedPart part =
        sslx::data::decode_part(bytes, region, region.height / by, region.width / by);
    ASSERT_EQ(part.image.error, "");
    EXPECT_EQ(part.scale, 1.0 / static_cast<double>(by));
    double apart = 0;
    int64_t count = 0;
    for (int64_t c = 0; c < 3; ++c) {
      for (int64_t y = 0; y < region.height / by; ++y) {
        for (int64_t x = 0; x < region.width / by; ++x, ++count) {
          const auto at = static_cast<size_t>((c * part.image.height + std::lround(part.top) + y) *
                                                  part.image.width +
                                              std::lround(part.left) + x);
          apart += std::abs(part.image.pixels[at] -
                            mean_about(whole, c, region.top / by + y, region.left / by + x, by));
        }
      }
    }
    EXPECT_LT(apart / static_cast<double>(count), 2.5) << by;
  }
}

TEST(DecodePart, IsNeverSmallerThanWhatIsAsked) {
  const std::string bytes = picture({.quality = 90}, 3, 256, 192);
  const auto scale = [&](int64_t least) {
    return sslx::data::decode_part(bytes, {3, 5, 101, 130}, least, least).scale;
  };
  EXPECT_EQ(scale(101), 1);
  EXPECT_EQ(scale(51), 1);
  EXPECT_EQ(scale(50), 0.5);
  EXPECT_EQ(scale(25), 0.25);
  EXPECT_EQ(scale(12), 0.125);
  EXPECT_EQ(scale(1), 0.125);
}

TEST(DecodePart, OfAScaledAndTurnedImageSaysWhereItIs) {
  const std::string upright = picture({.quality = 95}, 3, 120, 88);
  for (int tag = 2; tag <= 8; ++tag) {
    const std::string turned = jpeg(120, 88, 3, waves, {.quality = 95, .orientation = tag});
    const sslx::data::Orientation orientation(tag);
    const Region seen{10, 20, 40, 30};
    const Region stored = orientation.stored(seen, 88, 120);
    const DecodedPart a = sslx::data::decode_part(turned, seen, 10, 10);
    const DecodedPart b = sslx::data::decode_part(upright, stored, 10, 10);
    EXPECT_EQ(a.scale, b.scale);
    EXPECT_EQ(a.image.pixels, orientation.seen(b.image).pixels) << tag;
    EXPECT_GE(a.top, 0) << tag;
    EXPECT_LE(a.top + 40 * a.scale, static_cast<double>(a.image.height)) << tag;
    EXPECT_LE(a.left + 30 * a.scale, static_cast<double>(a.image.width)) << tag;
  }
}

TEST(Restarts, KeepEveryPixel) {
  for (const auto& [name, bytes] : pictures()) {
    std::string error;
    const std::string restarted = sslx::data::with_restarts(bytes, error);
    ASSERT_EQ(error, "") << name;
    const Image before = sslx::data::decode_bytes(bytes);
    const Image after = sslx::data::decode_bytes(restarted);
    EXPECT_EQ(after.error, "") << name;
    EXPECT_EQ(after.height, before.height) << name;
    EXPECT_EQ(after.pixels, before.pixels) << name;
    const bool cut = sslx::data::cut_window(restarted, {0, 0, 8, 8}).has_value();
    EXPECT_TRUE(cut) << name;
  }
}

TEST(Restarts, GiveTheSamePartsFromFewerBytes) {
  std::mt19937 random(2);
  for (const auto& [name, bytes] : pictures()) {
    std::string error;
    const std::string restarted = sslx::data::with_restarts(bytes, error);
    const Image whole = sslx::data::decode_bytes(bytes);
    for (int i = 0; i < 60; ++i) {
      const Region region = random_region(random, whole);
      ASSERT_EQ(part_pixels(restarted, region),
                cut(whole, region.top, region.left, region.height, region.width))
          << name;
    }
  }
  std::string error;
  const std::string large = sslx::data::with_restarts(picture({.quality = 90}, 3, 512, 384), error);
  const auto window = sslx::data::cut_window(large, {200, 100, 60, 60});
  ASSERT_TRUE(window);
  EXPECT_LT(window->bytes.size(), large.size() / 3);
}

TEST(Restarts, AreNotUsedWhereTheyDoNotFit) {
  const auto cut_of = [](const JpegOptions& options) {
    return sslx::data::cut_window(picture(options), {0, 0, 8, 8}).has_value();
  };
  EXPECT_TRUE(cut_of({.restart = 2}));   // 8 MCUs a row
  EXPECT_FALSE(cut_of({.restart = 3}));  // not a whole number a row
  EXPECT_FALSE(cut_of({}));              // none
  EXPECT_FALSE(cut_of({.progressive = true, .restart = 2}));
}

/// `data` in a comment of EXIF's kind after the start of the image.
std::string with_preview(std::string bytes, const std::string& data) {
  const size_t length = data.size() + 2;
  const std::string head{'\xff', '\xe1', static_cast<char>(length >> 8),
                         static_cast<char>(length & 0xFF)};
  return bytes.insert(2, head + data);
}

TEST(Restarts, OfDamagedFilesWithLargePreviewsFailCleanly) {
  std::mt19937 random(4);
  const std::string whole = with_preview(picture({.quality = 60}), std::string(30000, 'p'));
  int failures = 0;
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = whole;
    for (int j = 0; j < 5; ++j) {
      damaged[30500 + random() % (damaged.size() - 30500)] = static_cast<char>(random());
    }
    std::string error;
    const std::string out = sslx::data::with_restarts(damaged, error);
    EXPECT_EQ(out.empty(), !error.empty());
    failures += error.empty() ? 0 : 1;
  }
  EXPECT_GT(failures, 100);
}

TEST(Restarts, AreNotLookedForBehindOddMarkers) {
  const std::string whole = picture({.quality = 90, .restart = 2});
  for (const std::string odd : {"\xff\xff", "\xff\x01", "\xff\xd0"}) {
    std::string bytes = whole;
    bytes.insert(2, odd.substr(0, odd == "\xff\xff" ? 1 : 2));
    EXPECT_FALSE(sslx::data::cut_window(bytes, {0, 0, 8, 8}));
    EXPECT_EQ(part_pixels(bytes, {10, 20, 30, 40}), part_pixels(whole, {10, 20, 30, 40}));
  }
  EXPECT_FALSE(sslx::data::cut_window(whole, {0, 0, 94, 8}));
  EXPECT_FALSE(sslx::data::cut_window(whole, {0, 0, 8, 118}));
}

TEST(Restarts, OfDamagedFilesNeverCrash) {
  std::mt19937 random(3);
  const std::string whole = picture({.quality = 60, .restart = 2});
  for (size_t length = 0; length < whole.size(); length += 7) {
    sslx::data::decode_part(whole.substr(0, length), {10, 10, 30, 30}, 0, 0);
    std::string error;
    sslx::data::with_restarts(whole.substr(0, length), error);
    EXPECT_NE(error, "") << length;
  }
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = whole;
    for (int j = 0; j < 3; ++j) damaged[random() % damaged.size()] = static_cast<char>(random());
    sslx::data::cut_window(damaged, {10, 10, 30, 30});
    const DecodedPart part = sslx::data::decode_part(damaged, {10, 10, 30, 30}, 15, 15);
    EXPECT_TRUE(!part.image.error.empty() || !part.image.pixels.empty());
  }
}

TEST(Scans, BeyondAHundredAreRefused) {
  const std::string two = jpeg(64, 64, 1, waves, {.plain_scans = true});
  const size_t last = two.rfind("\xff\xda");
  ASSERT_NE(last, std::string::npos);
  const std::string scan = two.substr(last, two.size() - 2 - last);
  const auto with_scans = [&](int count) {
    std::string out = two.substr(0, two.size() - 2);
    for (int i = 2; i < count; ++i) out += scan;
    return out + "\xff\xd9";
  };
  EXPECT_EQ(sslx::data::decode_bytes(with_scans(100)).error, "");
  const std::string refused = "the image has more than the 100 scans that are allowed";
  EXPECT_EQ(sslx::data::decode_bytes(with_scans(101)).error, refused);
  EXPECT_EQ(sslx::data::decode_bytes(with_scans(1000)).error, refused);
  EXPECT_EQ(sslx::data::decode_part(with_scans(1000), {0, 0, 8, 8}, 0, 0).image.error, refused);
}

}  // namespace
