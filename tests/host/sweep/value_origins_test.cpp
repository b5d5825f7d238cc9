#include "host/sweep/value_origins.h"

#include <gtest/gtest.h>

#include <map>

#include "host/sweep/plan.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using Lines = std::map<std::string, std::pair<std::string, std::string>>;

/// Path -> value and origin of the last trial.
Lines lines_of(const std::string& text, const std::vector<std::string>& settings = {},
               const std::string& scale = "", bool there = true) {
  SweepFile sweep = sweep_of(text, scale);
  for (const std::string& setting : settings) apply_setting(sweep, setting);
  TestData data;
  data.there = there;
  const PluginRegistry registry = test_registry();
  const Plan plan = make_plan(sweep, registry, data, "weights");
  Lines out;
  for (const ValueOrigin& line : value_origins(sweep, plan.trials.back())) {
    out[line.path] = {line.value, line.origin};
  }
  return out;
}

using Pair = std::pair<std::string, std::string>;

TEST(ValueOrigins, EachLayerIsNamed) {
  const std::string text = sweep_text(R"([[variants]]
name = "A"
method = { name = "moco", momentum = 0.5 }
[axes]
"train.lr" = [1, 2]
[scale.small]
base = { train = { epochs = 1 } }
)");
  Lines lines = lines_of(text, {"train.batch_size=64"}, "small");
  EXPECT_EQ(lines["method.name"], Pair("\"moco\"", "demo.toml:12 (variant 'A')"));
  EXPECT_EQ(lines["method.momentum"], Pair("0.5", "demo.toml:12 (variant 'A')"));
  EXPECT_EQ(lines["method.queue"], Pair("64", "default"));
  EXPECT_EQ(lines["train.lr"], Pair("2.0", "demo.toml:14 (axis)"));
  EXPECT_EQ(lines["train.epochs"], Pair("1", "demo.toml:16 (scale small)"));
  EXPECT_EQ(lines["train.batch_size"], Pair("64", "--set train.batch_size=64"));
  EXPECT_EQ(lines["train.momentum"], Pair("0.9", "default"));
  EXPECT_EQ(lines["data.train_per_class"], Pair("100", "demo.toml:4 (base)"));
  EXPECT_EQ(lines["data.fingerprint"].second, "the data's content");
  EXPECT_EQ(lines["evaluate.knn.k"], Pair("20", "default"));
  EXPECT_EQ(lines["view.0.ops.0.size"], Pair("8", "demo.toml:5 (base)"));
  EXPECT_EQ(lines["view.0.ops.0.scale"], Pair("[0.2,1.0]", "default"));
  EXPECT_EQ(lines["evaluate.ops.0.name"].second, "default");
}

/// A recipe with a count is several views, and a source is an operation before its own.
TEST(ValueOrigins, ViewsAreThoseOfTheFile) {
  Lines lines = lines_of(sweep_text(R"([[variants]]
name = "A"
view = [
  { count = 2, ops = [{ name = "crop", size = 8 }] },
  { ops = [{ name = "flip" }] },
]
)"));
  EXPECT_EQ(lines["view.1.ops.0.size"], Pair("8", "demo.toml:13 (variant 'A')"));
  EXPECT_EQ(lines["view.2.ops.0.name"], Pair("\"flip\"", "demo.toml:14 (variant 'A')"));
}

/// Images of another set that the network is judged by, or what stands in for them.
TEST(ValueOrigins, OfOtherDataToJudgeBy) {
  Lines lines =
      lines_of(sweep_text("[base.evaluate.data]\nname = \"cifar100\"\npath = \"/other\"\n"
                          "fallback = { name = \"shapes\", train_per_class = 7 }\n"));
  EXPECT_EQ(lines["evaluate.data.name"], Pair("\"cifar100\"", "demo.toml:11 (base)"));
  EXPECT_EQ(lines["evaluate.data.path"], Pair("\"/other\"", "demo.toml:12 (base)"));
  EXPECT_EQ(lines["evaluate.data.fingerprint"].second, "the data's content");
  EXPECT_FALSE(lines.contains("data.path"));
  lines = lines_of(sweep_text("[base.evaluate.data]\nname = \"cifar100\"\n"
                              "fallback = { name = \"shapes\", train_per_class = 7 }\n"),
                   {}, "", false);
  EXPECT_EQ(lines["evaluate.data.name"], Pair("\"shapes\"", "demo.toml:12 (base)"));
  EXPECT_EQ(lines["evaluate.data.train_per_class"], Pair("7", "demo.toml:12 (base)"));
}

TEST(ValueOrigins, PairsAndPaths) {
  Lines lines = lines_of(sweep_text(R"([pairs]
ops = [{ name = "crop", size = 4 }, { name = "flip" }]
)"),
                         {"data.path=/some where"});
  EXPECT_EQ(lines["data.path"], Pair("\"/some where\"", "--set data.path=/some where"));
  EXPECT_EQ(lines["view.0.ops.0.name"], Pair("\"flip\"", "demo.toml:11 (pairs)"));
}

}  // namespace
}  // namespace sslx::sweep
