#include "host/data/decode.h"

#include <spng.h>

#include <cstdlib>
#include <random>

#include "data_fixture.h"

namespace {

using sslx::data::decode_image;
using sslx::data::Image;
using sslx::test::jpeg;
using sslx::test::png;
using sslx::test::read_file;
using sslx::test::write_file;

uint8_t ramp(int x, int y, int c) { return static_cast<uint8_t>(10 * x + 5 * y + 40 * c); }

class Decode : public sslx::test::DataTest {
 protected:
  Image decode(const std::string& bytes) const {
    write_file(folder_ / "image", bytes);
    return decode_image(folder_ / "image");
  }
  static uint8_t at(const Image& image, int64_t c, int64_t y, int64_t x) {
    return image.pixels[static_cast<size_t>((c * image.height + y) * image.width + x)];
  }
};

TEST_F(Decode, PngIsExact) {
  const Image image = decode(png(7, 5, SPNG_COLOR_TYPE_TRUECOLOR, 8, ramp));
  EXPECT_EQ(image.error, "");
  EXPECT_EQ(image.channels, 3);
  EXPECT_EQ(at(image, 2, 4, 6), ramp(6, 4, 2));
  EXPECT_EQ(at(image, 0, 1, 3), ramp(3, 1, 0));
}

// Rows are taken apart 16 pixels at a time, the rest one by one.
TEST(PutRow, HasEachColourInItsPlaneForEveryWidth) {
  for (int64_t width = 1; width <= 67; ++width) {
    std::vector<uint8_t> row(static_cast<size_t>(3 * width));
    for (size_t i = 0; i < row.size(); ++i) row[i] = static_cast<uint8_t>(7 * i + i / 256);
    Image image{3, 2, width, std::vector<uint8_t>(static_cast<size_t>(6 * width), 9), ""};
    sslx::data::put_row(image, 1, row.data(), 3);
    for (int64_t c = 0; c < 3; ++c) {
      for (int64_t x = 0; x < width; ++x) {
        const auto place = static_cast<size_t>((2 * c + 1) * width + x);
        ASSERT_EQ(image.pixels[place], row[static_cast<size_t>(3 * x + c)]) << width << " " << x;
        ASSERT_EQ(image.pixels[place - static_cast<size_t>(width)], 9) << "another row";
      }
    }
  }
}

TEST_F(Decode, PngOfOtherDepthsAndColours) {
  const Image deep = decode(png(4, 3, SPNG_COLOR_TYPE_TRUECOLOR, 16, ramp));
  EXPECT_EQ(at(deep, 1, 2, 3), ramp(3, 2, 1));
  const Image gray = decode(png(4, 3, SPNG_COLOR_TYPE_GRAYSCALE, 8, ramp));
  EXPECT_EQ(gray.channels, 1);
  EXPECT_EQ(at(gray, 0, 2, 3), ramp(3, 2, 0));
  const Image alpha = decode(png(4, 3, SPNG_COLOR_TYPE_TRUECOLOR_ALPHA, 8, ramp));
  EXPECT_EQ(alpha.channels, 3);
  EXPECT_EQ(at(alpha, 2, 0, 1), ramp(1, 0, 2));
  const Image palette =
      decode(png(4, 3, SPNG_COLOR_TYPE_INDEXED, 8, [](int x, int, int) { return uint8_t(x & 1); }));
  EXPECT_EQ(at(palette, 0, 0, 1), 200);
  EXPECT_EQ(at(palette, 2, 0, 0), 30);
}

TEST_F(Decode, JpegIsNearTheOriginal) {
  const auto flat = [](int, int, int c) { return static_cast<uint8_t>(60 + 50 * c); };
  const Image rgb = decode(jpeg(16, 8, 3, flat));
  EXPECT_EQ(rgb.channels, 3);
  EXPECT_EQ(rgb.width, 16);
  for (int64_t c = 0; c < 3; ++c) EXPECT_NEAR(at(rgb, c, 5, 9), 60 + 50 * c, 2);
  EXPECT_EQ(decode(jpeg(16, 8, 1, flat)).channels, 1);
  // Adobe's CMYK holds 255 minus the ink: (255, 128, 0) of white paper's light, and no black.
  const Image cmyk = decode(jpeg(16, 8, 4, [](int, int, int c) {
    return static_cast<uint8_t>(std::array{255, 128, 0, 255}[static_cast<size_t>(c)]);
  }));
  EXPECT_NEAR(at(cmyk, 0, 3, 3), 255, 2);
  EXPECT_NEAR(at(cmyk, 1, 3, 3), 128, 2);
  EXPECT_NEAR(at(cmyk, 2, 3, 3), 0, 2);
}

TEST_F(Decode, AnOnePixelImageAndAThinOne) {
  EXPECT_EQ(decode(png(1, 1, SPNG_COLOR_TYPE_TRUECOLOR, 8, ramp)).pixels.size(), 3U);
  const Image thin = decode(png(20000, 1, SPNG_COLOR_TYPE_TRUECOLOR, 8, ramp));
  EXPECT_EQ(thin.width, 20000);
  EXPECT_EQ(sslx::data::centre_square(thin, 4).pixels.size(), 48U);
}

TEST_F(Decode, AThinImageCostsNoMoreThanItsSquare) {
  const Image thin = decode(png(200000, 1, SPNG_COLOR_TYPE_TRUECOLOR, 8,
                                [](int x, int, int) { return x < 100000 ? 10 : 200; }));
  const Image square = sslx::data::centre_square(thin, 512);
  EXPECT_EQ(square.pixels.size(), 3U * 512 * 512);
  EXPECT_EQ(square.pixels.front(), 10);
  EXPECT_EQ(square.pixels.back(), 200);
}

TEST_F(Decode, TruncatedFilesAreUnreadable) {
  for (const std::string& whole : {jpeg(16, 16, 3, ramp), png(16, 16, 2, 8, ramp)}) {
    for (size_t part = 0; part < 32; ++part) {
      const Image image = decode(whole.substr(0, whole.size() * part / 32));
      EXPECT_NE(image.error, "") << part;
    }
  }
}

TEST_F(Decode, DamagedFilesNeverCrash) {
  std::mt19937 random(1);
  for (const std::string& whole : {jpeg(24, 24, 3, ramp), png(24, 24, 2, 8, ramp)}) {
    for (int i = 0; i < 500; ++i) {
      std::string damaged = whole;
      for (int j = 0; j < 3; ++j) damaged[random() % damaged.size()] = static_cast<char>(random());
      const Image image = decode(damaged);
      EXPECT_TRUE(!image.error.empty() || !image.pixels.empty());
    }
  }
}

TEST_F(Decode, ABombIsRefusedByItsHeader) {
  std::string bomb = png(1, 1, SPNG_COLOR_TYPE_TRUECOLOR, 8, ramp);
  bomb.replace(16, 8, std::string("\0\0\xea\x60\0\0\xea\x60", 8));  // 60,000 x 60,000
  EXPECT_NE(decode(bomb).error, "");
  std::string huge = jpeg(16, 16, 3, ramp);
  const size_t frame = huge.find(std::string("\xff\xc0\0\x11\x08", 5));
  ASSERT_NE(frame, std::string::npos);
  huge.replace(frame + 5, 4, std::string("\xea\x60\xea\x60", 4));
  EXPECT_EQ(decode(huge).error,
            "60000 x 60000 pixels are more than the 100 megapixels that are allowed");
}

TEST_F(Decode, WhatIsNeitherFormatSaysSo) {
  EXPECT_EQ(decode("GIF89a").error, "the file is no JPEG, PNG or WebP");
  EXPECT_EQ(decode("").error, "the file is empty");
  EXPECT_EQ(decode_image(folder_ / "nothing").error, "the file cannot be read");
}

TEST_F(Decode, CentreSquareKeepsFlatColoursAndTheMiddle) {
  Image image{1, 4, 8, std::vector<uint8_t>(32, 90), ""};
  EXPECT_EQ(sslx::data::centre_square(image, 4).pixels, std::vector<uint8_t>(16, 90));
  for (size_t i = 0; i < 32; ++i) image.pixels[i] = static_cast<uint8_t>(10 * (i % 8));
  const Image square = sslx::data::centre_square(image, 4);
  EXPECT_EQ(square.pixels[0], 20);
  EXPECT_EQ(square.pixels[3], 50);
  // Halved: each pixel is the triangle filter's mean, symmetric about the middle of 0..70.
  const Image half = sslx::data::centre_square(image, 2);
  EXPECT_EQ(half.pixels[0] + half.pixels[1], 70);
}

}  // namespace
