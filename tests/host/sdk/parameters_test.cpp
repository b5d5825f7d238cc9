#include <gtest/gtest.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <nlohmann/json.hpp>

namespace {

using nlohmann::json;
using sslx::Parameters;

const std::vector<sslx::ParameterSpec> kSchema{
    sslx::real("temperature", 0.5, "tau").above(0),
    sslx::integer("width", 32, "channels").at_least(1), sslx::boolean("norm", true, "batch norm"),
    sslx::choice("head", "mlp", "none|linear|mlp", "head"),
    sslx::reals("scale", {0.08, 1.0}, "area").between(0, 1)};

std::string message_of(const json& values) {
  try {
    Parameters::resolve(kSchema, values, "a.toml:3: method 'x'");
  } catch (const sslx::Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    return error.what();
  }
  return "";
}

TEST(Parameters, FillInTheDefaults) {
  const Parameters values = Parameters::resolve(kSchema, json::object(), "x");
  EXPECT_EQ(values.real("temperature"), 0.5);
  EXPECT_EQ(values.integer("width"), 32);
  EXPECT_TRUE(values.boolean("norm"));
  EXPECT_EQ(values.choice("head"), "mlp");
  EXPECT_EQ(values.reals("scale"), (std::vector<double>{0.08, 1.0}));
}

TEST(Parameters, TakeWhatIsGiven) {
  const json given{{"temperature", 1}, {"norm", false}, {"head", "none"}, {"scale", {0.5}}};
  const Parameters values = Parameters::resolve(kSchema, given, "x");
  EXPECT_EQ(values.real("temperature"), 1.0);
  EXPECT_FALSE(values.boolean("norm"));
  EXPECT_EQ(values.to_json().dump(),
            R"({"head":"none","norm":false,"scale":[0.5],"temperature":1.0,"width":32})");
}

TEST(Parameters, ResolvingTwiceChangesNothing) {
  const json once = Parameters::resolve(kSchema, {{"width", 8}}, "x").to_json();
  EXPECT_EQ(Parameters::resolve(kSchema, once, "x").to_json(), once);
}

TEST(Parameters, NameTheNearestKey) {
  EXPECT_EQ(message_of({{"temprature", 1}}),
            "a.toml:3: method 'x' has no parameter 'temprature'; the nearest is 'temperature'");
  EXPECT_EQ(message_of({{"zzzzzz", 1}}), "a.toml:3: method 'x' has no parameter 'zzzzzz'");
}

/// What another program calls it.
TEST(Parameters, NameTheKeyThatMeansIt) {
  EXPECT_EQ(message_of({{"tau", 1}}),
            "a.toml:3: method 'x' has no parameter 'tau'; the nearest is 'temperature'");
  EXPECT_EQ(message_of({{"num_channels", 1}}),
            "a.toml:3: method 'x' has no parameter 'num_channels'; the nearest is 'width'");
  // Two letters of two are another word.
  EXPECT_EQ(message_of({{"bs", 1}}), "a.toml:3: method 'x' has no parameter 'bs'");
}

TEST(Parameters, RefuseWrongTypesAndRanges) {
  EXPECT_EQ(message_of({{"width", 1.5}}),
            "a.toml:3: method 'x': 'width' is 1.5; it must be a whole number");
  EXPECT_EQ(message_of({{"width", "8"}}),
            "a.toml:3: method 'x': 'width' is \"8\"; it must be a whole number");
  EXPECT_EQ(message_of({{"width", 0}}),
            "a.toml:3: method 'x': 'width' is 0; it must be at least 1");
  EXPECT_EQ(message_of({{"temperature", 0}}),
            "a.toml:3: method 'x': 'temperature' is 0; it must be above 0");
  EXPECT_EQ(message_of({{"temperature", std::nan("")}}),
            "a.toml:3: method 'x': 'temperature' is null; it must be above 0");
  EXPECT_EQ(message_of({{"norm", 1}}),
            "a.toml:3: method 'x': 'norm' is 1; it must be true or false");
  EXPECT_EQ(message_of({{"head", "deep"}}),
            "a.toml:3: method 'x': 'head' is \"deep\"; it must be one of none, linear, mlp");
  EXPECT_EQ(message_of({{"scale", {0.5, 2}}}),
            "a.toml:3: method 'x': 'scale' has the element 2; it must be 0 to 1");
}

TEST(Parameters, ReadingWhatIsNotDeclaredIsThePluginsError) {
  const Parameters values = Parameters::resolve(kSchema, json::object(), "x");
  EXPECT_THROW(values.integer("temperature"), sslx::Error);
  EXPECT_THROW(values.real("nothing"), sslx::Error);
}

TEST(NearestWord, IsTheOneWithFewestEdits) {
  EXPECT_EQ(sslx::nearest_word("epoch", {"epochs", "batch_size", "lr"}), "epochs");
  EXPECT_EQ(sslx::nearest_word("lerning", {"epochs", "lr"}), "");
  EXPECT_EQ(sslx::nearest_word("x", {}), "");
}

}  // namespace
