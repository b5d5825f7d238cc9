#include "host/data/canvas.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

#include "host/data/decode.h"
#include "tests/host/data/data_fixture.h"

namespace sslx::data {
namespace {

constexpr Colour kWhite{255, 255, 255};
constexpr Colour kBlack{0, 0, 0};

Colour at(const Canvas& canvas, int64_t x, int64_t y) {
  const uint8_t* pixel = canvas.pixels().data() + (y * canvas.width() + x) * 3;
  return {pixel[0], pixel[1], pixel[2]};
}

TEST(CanvasTest, DrawsEnlargedClampedAndCutAtTheBorder) {
  Canvas canvas(5, 4, kWhite);
  const std::vector<float> image{0.0F, 2.0F, 0.5F, -1.0F};  // gray, 2 x 2
  canvas.draw(1, 1, image.data(), 1, 2, 2, 2);
  EXPECT_EQ(at(canvas, 0, 0), kWhite);
  EXPECT_EQ(at(canvas, 1, 1), kBlack);
  EXPECT_EQ(at(canvas, 2, 2), kBlack);
  EXPECT_EQ(at(canvas, 3, 1), kWhite);
  EXPECT_EQ(at(canvas, 1, 3), (Colour{128, 128, 128}));
  EXPECT_EQ(at(canvas, 4, 3), kBlack);
}

TEST(CanvasTest, ThreeChannelsArePlanar) {
  Canvas canvas(1, 1, kWhite);
  const std::vector<float> image{1.0F, 0.5F, 0.0F};
  canvas.draw(0, 0, image.data(), 3, 1, 1, 1);
  EXPECT_EQ(at(canvas, 0, 0), (Colour{255, 128, 0}));
}

TEST(CanvasTest, TextStaysInItsLineAndWidth) {
  const std::string text = "view 1, crop=(0.08)";
  const int64_t width = Canvas::text_width(text);
  Canvas canvas(width + 20, Canvas::kLineHeight + 20, kWhite);
  canvas.text(10, 10, text, kBlack);
  int64_t dark = 0;
  for (int64_t y = 0; y < canvas.height(); ++y) {
    for (int64_t x = 0; x < canvas.width(); ++x) {
      if (at(canvas, x, y) == kWhite) continue;
      ++dark;
      EXPECT_TRUE(x >= 10 && x < 10 + width && y >= 10 && y < 10 + Canvas::kLineHeight);
    }
  }
  EXPECT_GT(dark, 100);
}

class CanvasFile : public test::DataTest {};

TEST_F(CanvasFile, IsReadBackAsItWasDrawn) {
  Canvas canvas(7, 3, Colour{1, 2, 3});
  canvas.set(6, 2, Colour{200, 100, 50});
  const std::filesystem::path file = folder_ / "sheet.png";
  write_png(canvas, file);
  const Image image = decode_image(file);
  ASSERT_EQ(image.error, "");
  ASSERT_EQ(image.pixels.size(), 3U * 7 * 3);
  EXPECT_EQ(image.pixels[0], 1);
  EXPECT_EQ(image.pixels[20], 200);
  EXPECT_EQ(image.pixels[41], 100);
  EXPECT_EQ(image.pixels[62], 50);
}

TEST(CanvasTest, TooLargeOrUnwritableIsAnError) {
  EXPECT_THROW(Canvas(20000, 20000, kWhite), Error);
  EXPECT_THROW(write_png(Canvas(1, 1, kWhite), "/nowhere/at/all.png"), Error);
}

}  // namespace
}  // namespace sslx::data
