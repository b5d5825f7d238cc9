#include "host/data/canvas.h"

#include <fmt/format.h>
#include <spng.h>
#include <sslx/error.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

// The library's C code is not written for our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_easy_font.h>
#pragma GCC diagnostic pop

#include "host/data/image.h"
#include "host/data/whole_file.h"

namespace sslx::data {
namespace {

/// One corner of a letter's rectangle, as the font library writes it.
struct Corner {
  float x, y, z;
  uint8_t colour[4];
};

/// The library wants text that it may write to.
std::vector<char> writable(const std::string& text) {
  std::vector<char> out(text.begin(), text.end());
  out.push_back('\0');
  return out;
}

}  // namespace

Canvas::Canvas(int64_t width, int64_t height, Colour background) : width_(width), height_(height) {
  if (static_cast<double>(width) * static_cast<double>(height) > kMostPixels) {
    throw input_error(fmt::format(
        "the sheet would have {} x {} pixels, more than 100 megapixels; ask for fewer images",
        width, height));
  }
  pixels_.resize(static_cast<size_t>(width * height * 3));
  for (size_t i = 0; i < pixels_.size(); ++i) pixels_[i] = background[i % 3];
}

void Canvas::set(int64_t x, int64_t y, Colour colour) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  std::copy(colour.begin(), colour.end(), pixels_.begin() + (y * width_ + x) * 3);
}

void Canvas::draw(int64_t x, int64_t y, const float* image, int64_t channels, int64_t height,
                  int64_t width, int64_t scale) {
  for (int64_t row = 0; row < height * scale; ++row) {
    for (int64_t column = 0; column < width * scale; ++column) {
      const int64_t at = row / scale * width + column / scale;
      Colour colour{};
      for (int64_t c = 0; c < 3; ++c) {
        const float value = image[(channels < 3 ? 0 : c) * height * width + at];
        colour[static_cast<size_t>(c)] =
            static_cast<uint8_t>(std::lround(255.0F * std::clamp(value, 0.0F, 1.0F)));
      }
      set(x + column, y + row, colour);
    }
  }
}

void Canvas::text(int64_t x, int64_t y, const std::string& text, Colour colour) {
  std::vector<char> letters = writable(text);
  std::vector<Corner> corners(text.size() * 4 * 40);  // Each letter is far fewer rectangles.
  const int count = stb_easy_font_print(0, 0, letters.data(), nullptr, corners.data(),
                                        static_cast<int>(corners.size() * sizeof(Corner)));
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const Corner& from = corners[4 * i];
    const Corner& to = corners[4 * i + 2];
    for (auto row = static_cast<int64_t>(from.y); row < static_cast<int64_t>(to.y); ++row) {
      for (auto column = static_cast<int64_t>(from.x); column < static_cast<int64_t>(to.x);
           ++column) {
        set(x + column, y + row, colour);
      }
    }
  }
}

int64_t Canvas::text_width(const std::string& text) {
  return stb_easy_font_width(writable(text).data());
}

void write_png(const Canvas& canvas, const std::filesystem::path& file) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                               spng_ctx_free);
  spng_ihdr header{};
  header.width = static_cast<uint32_t>(canvas.width());
  header.height = static_cast<uint32_t>(canvas.height());
  header.color_type = SPNG_COLOR_TYPE_TRUECOLOR;
  header.bit_depth = 8;
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_set_ihdr(context.get(), &header);
  int code = spng_encode_image(context.get(), canvas.pixels().data(), canvas.pixels().size(),
                               SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE);
  size_t size = 0;
  const std::unique_ptr<void, void (*)(void*)> bytes(
      code == 0 ? spng_get_png_buffer(context.get(), &size, &code) : nullptr, std::free);
  if (bytes == nullptr) throw Error(ErrorKind::kSystem, std::string("PNG: ") + spng_strerror(code));
  const bool written = write_whole(file, [&](std::ofstream& out) {
    out.write(static_cast<const char*>(bytes.get()), static_cast<std::streamsize>(size));
  });
  if (!written) {
    throw input_error(
        fmt::format("{} cannot be written; --out must name a file in a folder that "
                    "exists and may be written to",
                    file.string()));
  }
}

}  // namespace sslx::data
