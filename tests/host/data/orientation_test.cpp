// EXIF's eight orientations: an image is what a person would see.
#include <spng.h>

#include <cstdlib>

#include "data_fixture.h"
#include "host/data/decode.h"

namespace {

using sslx::data::Image;
using sslx::data::Orientation;
using sslx::test::exif_data;
using sslx::test::jpeg;

/// Stored as two rows of three: 1 2 3 / 4 5 6.
Image stored() { return {1, 2, 3, {1, 2, 3, 4, 5, 6}, ""}; }

/// What EXIF's standard says of each tag: where the stored first row and first column are seen.
struct Case {
  int tag;
  int64_t height;
  std::vector<uint8_t> pixels;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{{1, 2, {1, 2, 3, 4, 5, 6}},   // row top, column left
                                     {2, 2, {3, 2, 1, 6, 5, 4}},   // row top, column right
                                     {3, 2, {6, 5, 4, 3, 2, 1}},   // row bottom, column right
                                     {4, 2, {4, 5, 6, 1, 2, 3}},   // row bottom, column left
                                     {5, 3, {1, 4, 2, 5, 3, 6}},   // row left, column top
                                     {6, 3, {4, 1, 5, 2, 6, 3}},   // row right, column top
                                     {7, 3, {6, 3, 5, 2, 4, 1}},   // row right, column bottom
                                     {8, 3, {3, 6, 2, 5, 1, 4}}};  // row left, column bottom
  return all;
}

TEST(Orientation, TurnsPixelsAsEachTagSays) {
  for (const Case& one : cases()) {
    const Image seen = Orientation(one.tag).seen(stored());
    EXPECT_EQ(seen.height, one.height) << one.tag;
    EXPECT_EQ(seen.pixels, one.pixels) << one.tag;
  }
}

TEST(Orientation, FindsASeenRegionAmongTheStoredPixels) {
  for (const Case& one : cases()) {
    const Orientation orientation(one.tag);
    const Image seen = orientation.seen(stored());
    for (int64_t y = 0; y < seen.height; ++y) {
      for (int64_t x = 0; x < seen.width; ++x) {
        const auto at = orientation.stored({y, x, 1, 1}, 2, 3);
        EXPECT_EQ(stored().pixels[static_cast<size_t>(at.top * 3 + at.left)],
                  seen.pixels[static_cast<size_t>(y * seen.width + x)])
            << one.tag;
      }
    }
  }
}

TEST(Orientation, IsReadFromExifOfEitherForm) {
  for (int tag = 1; tag <= 8; ++tag) {
    const auto bare = sslx::data::exif_orientation(exif_data(tag));
    EXPECT_EQ(bare.seen(stored()).pixels, cases()[static_cast<size_t>(tag) - 1].pixels);
    const auto marked = sslx::data::exif_orientation(std::string("Exif\0\0", 6) + exif_data(tag));
    EXPECT_EQ(marked.seen(stored()).pixels, cases()[static_cast<size_t>(tag) - 1].pixels);
  }
}

TEST(Orientation, OfDamagedOrOddExifIsUpright) {
  const std::string whole = exif_data(6);
  for (size_t length = 0; length + 8 < whole.size(); ++length) {
    EXPECT_TRUE(sslx::data::exif_orientation(whole.substr(0, length)).upright()) << length;
  }
  for (const int tag : {0, 9, 200}) {
    EXPECT_TRUE(sslx::data::exif_orientation(exif_data(tag)).upright());
  }
}

TEST(Orientation, OfAJpegIsApplied) {
  // Left half dark, right half light; tag 6 is seen turned right: dark on top.
  const auto halves = [](int x, int, int) { return static_cast<uint8_t>(x < 8 ? 20 : 220); };
  const Image upright = sslx::data::decode_bytes(jpeg(16, 24, 3, halves));
  EXPECT_EQ(upright.height, 24);
  const std::string turned = jpeg(16, 24, 3, halves, {.orientation = 6});
  const Image seen = sslx::data::decode_bytes(turned);
  ASSERT_EQ(seen.height, 16);
  ASSERT_EQ(seen.width, 24);
  EXPECT_LT(seen.pixels[12], 40);
  EXPECT_GT(seen.pixels[15 * 24 + 12], 200);
  EXPECT_EQ(sslx::data::read_header(turned).height, 16);
}

TEST(Orientation, OfAPngIsApplied) {
  std::vector<uint8_t> pixels{10, 20, 30, 40, 50, 60};
  spng_ctx* context = spng_ctx_new(SPNG_CTX_ENCODER);
  spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{3, 2, 8, SPNG_COLOR_TYPE_GRAYSCALE, 0, 0, 0};
  spng_set_ihdr(context, &header);
  std::string data = exif_data(8);
  spng_exif exif{data.size(), data.data()};
  ASSERT_EQ(spng_set_exif(context, &exif), 0);
  spng_encode_image(context, pixels.data(), pixels.size(), SPNG_FMT_RAW, SPNG_ENCODE_FINALIZE);
  size_t size = 0;
  int error = 0;
  void* memory = spng_get_png_buffer(context, &size, &error);
  const std::string bytes(static_cast<char*>(memory), size);
  std::free(memory);
  spng_ctx_free(context);
  const Image seen = sslx::data::decode_bytes(bytes);
  EXPECT_EQ(seen.height, 3);
  EXPECT_EQ(seen.pixels, (std::vector<uint8_t>{30, 60, 20, 50, 10, 40}));
  EXPECT_EQ(sslx::data::read_header(bytes).height, 3);
  // The same behind the pixels, before the last twelve bytes, which are the end.
  const size_t length = 12 + data.size();
  const size_t chunk = bytes.find("eXIf") - 4;
  std::string behind = bytes;
  behind.erase(chunk, length);
  behind.insert(behind.size() - 12, bytes.substr(chunk, length));
  EXPECT_EQ(sslx::data::decode_bytes(behind).pixels, seen.pixels);
  EXPECT_EQ(sslx::data::read_header(behind).height, 3);
}

}  // namespace
