#include "cli/colour.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace sslx::cli {
namespace {

TEST(Colour, TheScaleRunsFromVioletToYellow) {
  EXPECT_EQ(painted("9", 0, ColourDepth::kTrue), "\033[38;5;231m\033[48;2;68;1;84m9\033[0m");
  EXPECT_EQ(painted("9", 1, ColourDepth::kTrue), "\033[38;5;16m\033[48;2;253;231;37m9\033[0m");
  EXPECT_EQ(painted("9", 0.5, ColourDepth::kPalette), "\033[38;5;16m\033[48;5;36m9\033[0m");
  EXPECT_EQ(painted("9", 7, ColourDepth::kPalette), "\033[38;5;16m\033[48;5;220m9\033[0m")
      << "what is beyond the scale is its end";
  EXPECT_EQ(painted("9", 0.5, ColourDepth::kNone), "9");
}

TEST(Colour, TheTextStaysReadable) {
  EXPECT_TRUE(is_dark({0, 0, 0}));
  EXPECT_FALSE(is_dark({255, 255, 255}));
  EXPECT_TRUE(is_dark(heat_colour(0.25)));
  EXPECT_FALSE(is_dark(heat_colour(0.75)));
}

TEST(Colour, EscapesAreTakenOut) {
  EXPECT_EQ(without_colour("a" + painted(" b ", 0.2, ColourDepth::kTrue) + "c"), "a b c");
  EXPECT_EQ(without_colour("\033[1"), "\033[1");
}

/// Standard output of a test is no terminal.
TEST(Colour, WithoutATerminalOnlyAlwaysColours) {
  EXPECT_EQ(screen_of("auto").colour, ColourDepth::kNone);
  EXPECT_EQ(screen_of("never").colour, ColourDepth::kNone);
  unsetenv("COLORTERM");
  EXPECT_EQ(screen_of("always").colour, ColourDepth::kPalette);
  setenv("COLORTERM", "truecolor", 1);
  EXPECT_EQ(screen_of("always").colour, ColourDepth::kTrue);
}

}  // namespace
}  // namespace sslx::cli
