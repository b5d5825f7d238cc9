// Colour on a terminal: whether to use it, how finely, and the scale of a heat map. Without colour
// nothing is added, so that a text is the same with and without it but for the escapes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sslx::cli {

enum class ColourDepth { kNone, kPalette, kTrue };

/// Where a text is to be shown.
struct Screen {
  ColourDepth colour = ColourDepth::kNone;
  size_t width = 0;  ///< Characters of a line; 0: no terminal.
};

/// Whether standard output is a terminal that understands escapes: no dumb one.
bool takes_escapes();

/// Standard output, for --color auto, always or never. `auto` is colour on a terminal unless
/// NO_COLOR is set (https://no-color.org) or it is a dumb one.
Screen screen_of(const std::string& choice);

struct Rgb {
  uint8_t red = 0;
  uint8_t green = 0;
  uint8_t blue = 0;
};

/// Viridis, 0 (dark violet) to 1 (yellow): even in lightness, also to the colour-blind and in grey.
Rgb heat_colour(double share);

/// Whether white reads better on it than black.
bool is_dark(const Rgb& colour);

/// The text on the scale's colour, in black or white.
std::string painted(std::string_view text, double share, ColourDepth depth);

/// The same without escapes.
std::string without_colour(std::string_view text);

}  // namespace sslx::cli
