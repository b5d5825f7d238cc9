#include "host/sweep/axes.h"

#include <gtest/gtest.h>

#include "host/sweep/toml_reader.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

std::vector<Axis> axes_of(const std::string& text) { return read_axes(parse_toml(text, "a.toml")); }

TEST(Axes, GridRunsTheLastAxisFastestInTheOrderOfTheFile) {
  const auto points = expand_axes(axes_of("\"z\" = [1, 2]\n\"a\" = [\"x\", \"y\", \"w\"]\n"));
  ASSERT_EQ(points.size(), 6U);
  EXPECT_EQ(points[0].dump(), R"({"a":"x","z":1})");
  EXPECT_EQ(points[1].dump(), R"({"a":"y","z":1})");
  EXPECT_EQ(points[3].dump(), R"({"a":"x","z":2})");
}

TEST(Axes, ZippedPathsMoveTogetherAndMultiplyWithTheGrid) {
  const auto axes = axes_of("g = [1, 2]\nzip = [{\"a.b\" = [1, 2], \"c.d\" = [3, 4]}]\n");
  const auto points = expand_axes(axes);
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[1].dump(), R"({"a.b":2,"c.d":4,"g":1})");
}

TEST(Axes, NoAxisIsOnePoint) { EXPECT_EQ(expand_axes({}).size(), 1U); }

TEST(Axes, DottedAndQuotedPathsAreTheSame) {
  EXPECT_EQ(axes_of("train.lr = [1]\n")[0].paths[0], "train.lr");
}

TEST(Axes, Messages) {
  const auto message = [](const std::string& text) {
    return message_of([&] { expand_axes(axes_of(text)); });
  };
  EXPECT_EQ(message("a = 3\n"),
            "a.toml:1: the axis 'a' is 3; it must be a list of at least one value, as \"a\" = [1, "
            "2]");
  EXPECT_EQ(message("zip = [{a = [1, 2], b = [1, 2, 3]}]\n"),
            "a.toml:1: 'a' has 2 values and 'b' has 3; zipped axes must have equally many");
  EXPECT_EQ(message("a = [1]\nzip = [{a = [1]}]\n"),
            "a.toml:2: 'a' is an axis twice; it must be one once");
}

/// It would be one trial in two places of the table.
TEST(Axes, NoValueTwice) {
  const auto message = [](const std::string& axes) {
    return message_of([&] { sweep_of(sweep_text("[axes]\n" + axes)); });
  };
  EXPECT_EQ(message("\"train.lr\" = [0.1, 0.2, 0.1]\n"),
            "demo.toml:11: the axis 'train.lr' has the value 0.1 twice; each must differ");
  EXPECT_EQ(message("\"train.lr\" = [1, 1.0]\n"),
            "demo.toml:11: the axis 'train.lr' has the value 1.0 twice; each must differ");
  EXPECT_EQ(message("zip = [{ \"train.lr\" = [1, 1], \"train.epochs\" = [2, 3] }]\n"), "");
  EXPECT_EQ(message("zip = [{ \"train.lr\" = [1, 1], \"train.epochs\" = [2, 2] }]\n"),
            "demo.toml:11: the axis 'train.epochs', 'train.lr' has the value 2, 1 twice; each must "
            "differ");
}

TEST(Axes, AGridOfATrillionIsRefusedBeforeItIsMade) {
  std::string text;
  for (const char axis : std::string("abcd")) {
    text += std::string(1, axis) + " = [0";
    for (int i = 1; i < 1000; ++i) text += "," + std::to_string(i);
    text += "]\n";
  }
  EXPECT_EQ(message_of([&] { expand_axes(axes_of(text)); }),
            "a.toml:2: the axes make more than 100000 combinations; a sweep has at most that many "
            "trials");
}

}  // namespace
}  // namespace sslx::sweep
