// Stepping over the blocks before a part gives the pixels of the whole image, whatever its sampling
// and its codes; where it does not fit or the file is damaged, nothing comes of it.
#include "host/data/jpeg/block_window.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "host/data/decode.h"
#include "host/data/jpeg/errors.h"
#include "tests/host/data/data_fixture.h"

namespace {

using sslx::data::DecodedPart;
using sslx::data::Image;
using sslx::data::JpegMark;
using sslx::data::JpegMarks;
using sslx::data::JpegWindow;
using sslx::data::Region;
using sslx::test::jpeg;
using sslx::test::JpegOptions;

constexpr int kWide = 397;
constexpr int kHigh = 301;

/// Grain enough for a file of some ten thousand bytes.
uint8_t grain(int x, int y, int c) {
  const auto mixed = static_cast<uint32_t>(x * 7919 + y * 104729 + c * 31) * 2654435761U;
  return static_cast<uint8_t>(100 + 60 * std::sin(x * 0.05 + y * 0.03 + c) + (mixed >> 26U));
}

/// From dark to light and back along each row: neighbouring blocks differ by little everywhere.
uint8_t ridge(int x, int y, int c) {
  const double light = 1 - std::abs(2.0 * x / kWide - 1);
  return static_cast<uint8_t>(200 * light + grain(x, y, c) % 8 * 6);
}

std::vector<std::pair<std::string, std::string>> grainy_pictures() {
  const auto of = [](int channels, const JpegOptions& options) {
    return jpeg(kWide, kHigh, channels, grain, options);
  };
  return {{"4:2:0", of(3, {.quality = 95})},
          {"4:2:2", of(3, {.quality = 95, .down = 1})},
          {"4:4:0", of(3, {.quality = 95, .across = 1})},
          {"4:4:4", of(3, {.quality = 95, .across = 1, .down = 1})},
          {"finest", of(3, {.quality = 100})},
          {"gray", of(1, {.quality = 95})},
          {"inks", of(4, {})},
          {"optimised", of(3, {.quality = 95, .optimised = true})},
          {"ridge", jpeg(kWide, kHigh, 3, ridge, {.quality = 95, .optimised = true})},
          {"turned", of(3, {.quality = 95, .orientation = 6})},
          {"mirrored", of(3, {.quality = 95, .orientation = 7})}};
}

Region region_in(std::mt19937& random, int64_t height, int64_t width) {
  const auto below = [&](int64_t n) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
  };
  Region out;
  out.height = 1 + below(height);
  out.width = 1 + below(width);
  out.top = below(height - out.height + 1);
  out.left = below(width - out.width + 1);
  return out;
}

std::vector<uint8_t> pixels_of(const Image& image, const Region& region) {
  std::vector<uint8_t> out;
  for (int64_t c = 0; c < image.channels; ++c) {
    for (int64_t y = region.top; y < region.top + region.height; ++y) {
      const auto row = image.pixels.begin() + (c * image.height + y) * image.width + region.left;
      out.insert(out.end(), row, row + region.width);
    }
  }
  return out;
}

std::vector<uint8_t> part_of(const std::string& bytes, const Region& region,
                             JpegMarks* marks = nullptr) {
  const DecodedPart part = sslx::data::decode_part(bytes, region, 0, 0, marks);
  if (!part.image.error.empty()) return {};
  return pixels_of(part.image,
                   {std::lround(part.top), std::lround(part.left), region.height, region.width});
}

/// The header as libjpeg reads it, alive as long as the object.
struct ReadHeader {
  explicit ReadHeader(const std::string& bytes) {
    info.err = sslx::data::jpeg_errors(errors, progress);
    jpeg_create_decompress(&info);
    read = try_to_read(bytes);
  }
  ReadHeader(const ReadHeader&) = delete;
  ReadHeader& operator=(const ReadHeader&) = delete;
  ~ReadHeader() { jpeg_destroy_decompress(&info); }

  jpeg_decompress_struct info{};
  jpeg_progress_mgr progress{};
  sslx::data::JpegErrors errors{};
  bool read = false;

 private:
  bool try_to_read(const std::string& bytes) {
    if (setjmp(errors.back) != 0) return false;  // NOLINT: the library's own way
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    jpeg_read_header(&info, TRUE);
    return true;
  }
};

std::optional<JpegWindow> window_of(const std::string& bytes, const Region& region) {
  const ReadHeader header(bytes);
  return header.read ? sslx::data::step_to_window(bytes, header.info, region) : std::nullopt;
}

TEST(BlockWindow, GivesThePixelsOfTheWholeImage) {
  std::mt19937 random(5);
  for (const auto& [name, bytes] : grainy_pictures()) {
    const Image whole = sslx::data::decode_bytes(bytes);
    ASSERT_EQ(whole.error, "") << name;
    int windows = 0;
    for (int i = 0; i < 60; ++i) {
      const Region region = region_in(random, whole.height, whole.width);
      ASSERT_EQ(part_of(bytes, region), pixels_of(whole, region))
          << name << ": " << region.top << ' ' << region.left << ' ' << region.height << ' '
          << region.width;
      windows += window_of(bytes, region_in(random, kHigh, kWide)) ? 1 : 0;
    }
    EXPECT_GT(windows, 20) << name;
  }
}

class MarksApart : public testing::TestWithParam<int64_t> {};
INSTANTIATE_TEST_SUITE_P(Units, MarksApart, testing::Values(1, 4, 7, 8, 32, 64));

TEST_P(MarksApart, AWindowFromThemIsTheSame) {
  std::mt19937 random(7);
  for (const auto& [name, bytes] : grainy_pictures()) {
    const Image whole = sslx::data::decode_bytes(bytes);
    JpegMarks marks{0, GetParam(), {}};
    for (int i = 0; i < 120; ++i) {
      const Region region = region_in(random, whole.height, whole.width);
      ASSERT_EQ(part_of(bytes, region, &marks), pixels_of(whole, region))
          << name << ": " << region.top << ' ' << region.left << ' ' << region.height << ' '
          << region.width;
    }
    EXPECT_GT(marks.list.size() * static_cast<size_t>(GetParam()), 400U) << name;
    // Of a part of each row no bit is another one.
    const Region inside{150, 140, 60, 90};
    const ReadHeader header(bytes);
    const auto marked = sslx::data::step_to_window(bytes, header.info, inside, &marks);
    const auto plain = sslx::data::step_to_window(bytes, header.info, inside);
    ASSERT_TRUE(marked && plain) << name;
    EXPECT_EQ(marked->bytes, plain->bytes) << name;
  }
}

// Units of the data's end are marked, too, and bytes of 0xFF with their zeros lie before marks.
TEST(BlockWindow, MarksWhereUnitsBegin) {
  const std::string bytes = jpeg(kWide, kHigh, 3, grain, {.quality = 95});
  JpegMarks marks;
  part_of(bytes, {kHigh - 20, kWide - 20, 20, 20}, &marks);
  const int64_t units = ((kWide + 15) / 16) * ((kHigh + 15) / 16);
  ASSERT_EQ(static_cast<int64_t>(marks.list.size()), units / JpegMarks::kLeastSpacing + 1);
  EXPECT_EQ(marks.list[0].bit, 0U);
  for (size_t i = 1; i < marks.list.size(); ++i) {
    EXPECT_GT(marks.list[i].bit, marks.list[i - 1].bit) << i;
  }
  EXPECT_GT(std::ranges::count(bytes, '\xFF'), 50);
  const std::vector<JpegMark> all = marks.list;
  part_of(bytes, {100, 100, 20, 20}, &marks);
  EXPECT_EQ(marks.list.size(), all.size());
}

TEST(BlockWindow, DropsTheMarksOfAnotherFile) {
  const Region region{180, 150, 60, 80};
  const std::string first = jpeg(kWide, kHigh, 3, grain, {.quality = 90});
  const std::string second = jpeg(kWide, kHigh, 3, ridge, {.quality = 95});
  ASSERT_NE(first.size(), second.size());
  JpegMarks marks;
  part_of(first, region, &marks);
  EXPECT_EQ(part_of(second, region, &marks), part_of(second, region));
  EXPECT_EQ(marks.file_bytes, second.size());
}

TEST(BlockWindow, SurvivesMarksThatAreWrong) {
  std::mt19937 random(8);
  const std::string bytes = jpeg(kWide, kHigh, 3, grain, {.quality = 90});
  JpegMarks good;
  part_of(bytes, {kHigh - 20, kWide - 20, 20, 20}, &good);
  for (int i = 0; i < 300; ++i) {
    JpegMarks marks = good;
    for (JpegMark& mark : marks.list) {
      if (random() % 4 == 0) mark.bit = static_cast<uint32_t>(random() % (16 * bytes.size()));
      if (random() % 4 == 0) mark.means[random() % 3] = static_cast<int16_t>(random());
    }
    part_of(bytes, region_in(random, kHigh, kWide), &marks);
  }
}

TEST(MarkedFiles, KeepsTheMostAndNoMoreThanTheMemoryAllows) {
  sslx::data::MarkedFiles files(3, 10 * sizeof(JpegMark));
  const auto marks = [](size_t count) { return JpegMarks{100, 4, std::vector<JpegMark>(count)}; };
  files.keep(0, marks(4));
  files.keep(0, marks(2));
  EXPECT_EQ(files.of(0).list.size(), 4U);
  files.keep(1, marks(7));
  EXPECT_EQ(files.of(1).list.size(), 0U) << "4 + 7 are more than 10";
  files.keep(1, marks(5));
  EXPECT_EQ(files.of(1).list.size(), 5U);
  files.keep(0, marks(5));
  EXPECT_EQ(files.of(0).list.size(), 5U) << "those that go make room";
  files.keep(2, marks(1));
  EXPECT_EQ(files.of(2).list.size(), 0U);
  files.keep(1, {200, 4, std::vector<JpegMark>(1)});
  EXPECT_EQ(files.of(1).list.size(), 1U) << "the file is another one";
}

TEST(MarkedFiles, SpacesMarksSoThatThoseOfAllFilesHaveRoom) {
  const auto spacing = [](size_t files) { return sslx::data::MarkedFiles(files).of(0).spacing; };
  EXPECT_EQ(spacing(1), 4);
  EXPECT_EQ(spacing(200'000), 4);
  EXPECT_EQ(spacing(250'000), 8);
  EXPECT_EQ(spacing(1'281'167), 32);
  EXPECT_EQ(spacing(10'000'000), 64);
}

TEST(BlockWindow, ReachesTheLastBlock) {
  for (const auto& [name, bytes] : grainy_pictures()) {
    const Region corner{kHigh - 20, kWide - 20, 20, 20};
    const auto window = window_of(bytes, corner);
    ASSERT_TRUE(window) << name;
    EXPECT_GT(window->top, 250) << name;
    EXPECT_GT(window->left, 350) << name;
    EXPECT_LT(window->bytes.size(), bytes.size() / 3) << name;
    const Image whole = sslx::data::decode_bytes(window->bytes);
    EXPECT_EQ(whole.error, "") << name;
    EXPECT_EQ(whole.height, kHigh - window->top) << name;
    EXPECT_EQ(whole.width, kWide - window->left) << name;
  }
}

TEST(BlockWindow, IsNotMadeWhereItDoesNotFitOrPay) {
  const Region middle{200, 200, 40, 40};
  const auto made = [&](const JpegOptions& options, const Region& region) {
    return window_of(jpeg(kWide, kHigh, 3, grain, options), region).has_value();
  };
  EXPECT_TRUE(made({.quality = 95}, middle));
  EXPECT_FALSE(made({.quality = 95, .progressive = true}, middle));
  EXPECT_FALSE(made({.quality = 95, .restart = 5}, middle));
  EXPECT_FALSE(made({.quality = 5}, middle));
  EXPECT_FALSE(made({.quality = 95}, {0, 0, kHigh, kWide}));
  EXPECT_FALSE(made({.quality = 95}, {0, 0, 10, 10}));
  EXPECT_FALSE(made({.quality = 95}, {0, 0, kHigh + 1, 10}));
  EXPECT_FALSE(made({.quality = 95}, {0, 380, 10, 18}));
}

TEST(BlockWindow, OfDamagedFilesIsWhatTheWholeWouldBe) {
  std::mt19937 random(6);
  const std::string whole = jpeg(kWide, kHigh, 3, grain, {.quality = 90});
  const Region region{180, 150, 60, 80};
  int different = 0;
  for (int i = 0; i < 300; ++i) {
    std::string damaged = whole;
    const size_t from = i % 3 == 0 ? 0 : 600;  // The headers, too, in every third.
    for (int j = 0; j < 2; ++j) {
      damaged[from + random() % (damaged.size() - from)] = static_cast<char>(random());
    }
    const std::vector<uint8_t> part = part_of(damaged, region);
    const Image all = sslx::data::decode_bytes(damaged);
    if (!all.error.empty() || all.height < 240 || all.width < 230) continue;
    EXPECT_EQ(part, pixels_of(all, region)) << i;
    different += part == part_of(whole, region) ? 0 : 1;
  }
  EXPECT_GT(different, 5);
}

TEST(BlockWindow, OfTruncatedFilesFailsCleanlyOrIsRight) {
  const std::string whole = jpeg(kWide, kHigh, 3, grain, {.quality = 90});
  const Region region{180, 150, 60, 80};
  const std::vector<uint8_t> right = part_of(whole, region);
  int failed = 0;
  int fine = 0;
  for (size_t length = 0; length < whole.size(); length += 97) {
    const std::vector<uint8_t> part = part_of(whole.substr(0, length), region);
    (part.empty() ? failed : fine) += 1;
    EXPECT_TRUE(part.empty() || part == right) << length;
  }
  EXPECT_GT(failed, 20);
  EXPECT_GT(fine, 5);
}

}  // namespace
