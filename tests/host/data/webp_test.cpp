// WebP files are read as JPEG and PNG are.
#include <spng.h>
#include <webp/encode.h>

#include "data_fixture.h"
#include "host/data/decode.h"

namespace {

using sslx::data::decode_bytes;
using sslx::data::Image;
using sslx::data::read_header;

constexpr int kWidth = 12;
constexpr int kHeight = 7;

uint8_t paint(int x, int y, int c) { return static_cast<uint8_t>(20 * x + 3 * y + 50 * c); }

/// Without loss.
std::string webp() {
  std::vector<uint8_t> rows;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < 3; ++c) rows.push_back(paint(x, y, c));
    }
  }
  uint8_t* memory = nullptr;
  const size_t size = WebPEncodeLosslessRGB(rows.data(), kWidth, kHeight, 3 * kWidth, &memory);
  std::string out(reinterpret_cast<char*>(memory), size);
  WebPFree(memory);
  return out;
}

std::string chunk(const std::string& name, std::string data) {
  std::string out = name;
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(data.size() >> shift);
  if (data.size() % 2 == 1) data += '\0';
  return out + data;
}

/// The same in the extended form, with EXIF data behind the pixels.
std::string webp_turned(int orientation) {
  std::string head(10, '\0');
  head[0] = 8;  // It has EXIF data.
  head[4] = kWidth - 1;
  head[7] = kHeight - 1;
  return chunk("RIFF", "WEBP" + chunk("VP8X", head) + webp().substr(12) +
                           chunk("EXIF", sslx::test::exif_data(orientation)));
}

TEST(WebP, HasThePixelsOfAPng) {
  const Image expected =
      decode_bytes(sslx::test::png(kWidth, kHeight, SPNG_COLOR_TYPE_TRUECOLOR, 8, paint));
  const Image image = decode_bytes(webp());
  EXPECT_EQ(image.error, "");
  EXPECT_EQ(image.pixels, expected.pixels);
  EXPECT_EQ(image.width, kWidth);
  EXPECT_EQ(read_header(webp()).height, kHeight);
}

TEST(WebP, IsTurnedAsExifSays) {
  const Image image = decode_bytes(webp_turned(6));
  EXPECT_EQ(image.error, "");
  EXPECT_EQ(image.width, kHeight);
  EXPECT_EQ(image.height, kWidth);
  EXPECT_EQ(image.pixels[0], paint(0, kHeight - 1, 0));
  EXPECT_EQ(read_header(webp_turned(6)).width, kHeight);
}

TEST(WebP, CutAnywhereIsUnreadable) {
  for (const std::string& whole : {webp(), webp_turned(6)}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const Image image = decode_bytes(whole.substr(0, size));
      EXPECT_NE(image.error, "") << size;
      EXPECT_EQ(image.channels, 0);
    }
  }
}

class WebPFolder : public sslx::test::DataTest {};

TEST_F(WebPFolder, IsReadAsOthersAre) {
  for (const char* part : {"train", "test"}) {
    sslx::test::write_file(folder_ / part / "cat/a.webp", webp());
    sslx::test::write_file(folder_ / part / "cat/b.WEBP", webp_turned(1));
  }
  for (const char* decode : {"once", "exact"}) {
    const auto set = load_dataset(spec("folder", {{"decode", decode}}));
    EXPECT_EQ(set.train.size(), 2);
    EXPECT_EQ(set.train.width, kWidth);
    EXPECT_TRUE(set.left_out.empty());
  }
}

}  // namespace
