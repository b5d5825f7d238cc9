#include "cli/colour.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace sslx::cli {
namespace {

/// Viridis at nine even steps.
constexpr std::array<Rgb, 9> kViridis{{{0x44, 0x01, 0x54},
                                       {0x47, 0x2d, 0x7b},
                                       {0x3b, 0x52, 0x8b},
                                       {0x2c, 0x72, 0x8e},
                                       {0x21, 0x91, 0x8c},
                                       {0x28, 0xae, 0x80},
                                       {0x5e, 0xc9, 0x62},
                                       {0xad, 0xdc, 0x30},
                                       {0xfd, 0xe7, 0x25}}};

/// The same in those of the 256 colours that come near and still grow lighter step by step; the
/// nearest ones do not.
constexpr std::array<int, 8> kPalette{53, 54, 24, 30, 36, 77, 148, 220};
constexpr size_t kDarkOnes = 3;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

ColourDepth depth_of_terminal() {
  const std::string depth = environment("COLORTERM");
  return depth == "truecolor" || depth == "24bit" ? ColourDepth::kTrue : ColourDepth::kPalette;
}

/// The share of the light that a channel gives, sRGB made linear.
double linear(uint8_t channel) {
  const double share = channel / 255.0;
  return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

}  // namespace

bool takes_escapes() { return isatty(STDOUT_FILENO) == 1 && environment("TERM") != "dumb"; }

Screen screen_of(const std::string& choice) {
  Screen out;
  winsize size{};
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) out.width = size.ws_col;
  const bool wanted = takes_escapes() && environment("NO_COLOR").empty();
  if (choice == "always" || (choice == "auto" && wanted)) out.colour = depth_of_terminal();
  return out;
}

Rgb heat_colour(double share) {
  const double place = std::clamp(share, 0.0, 1.0) * (kViridis.size() - 1);
  const size_t below = std::min(static_cast<size_t>(place), kViridis.size() - 2);
  const double part = place - static_cast<double>(below);
  const auto mixed = [&](uint8_t Rgb::*channel) {
    const double low = kViridis.at(below).*channel;
    const double high = kViridis.at(below + 1).*channel;
    return static_cast<uint8_t>(std::lround(low + part * (high - low)));
  };
  return {mixed(&Rgb::red), mixed(&Rgb::green), mixed(&Rgb::blue)};
}

bool is_dark(const Rgb& colour) {
  const double light =
      0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
  return light < 0.179;  // Where the contrasts to black and to white are equal (WCAG 2).
}

std::string painted(std::string_view text, double share, ColourDepth depth) {
  constexpr int kWhite = 231;
  constexpr int kBlack = 16;
  if (depth == ColourDepth::kNone) return std::string(text);
  if (depth == ColourDepth::kPalette) {
    const double place = std::clamp(share, 0.0, 1.0) * (kPalette.size() - 1);
    const auto step = static_cast<size_t>(std::lround(place));
    return fmt::format("\033[38;5;{}m\033[48;5;{}m{}\033[0m", step < kDarkOnes ? kWhite : kBlack,
                       kPalette.at(step), text);
  }
  const Rgb colour = heat_colour(share);
  return fmt::format("\033[38;5;{}m\033[48;2;{};{};{}m{}\033[0m", is_dark(colour) ? kWhite : kBlack,
                     colour.red, colour.green, colour.blue, text);
}

std::string without_colour(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text.substr(i).starts_with("\033[");
    const size_t end = escape ? text.find('m', i) : std::string_view::npos;
    if (end != std::string_view::npos) {
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace sslx::cli
