#include "host/sweep/pairs.h"

#include <gmock/gmock.h>

#include <set>

#include "host/sweep/plan.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

const char* const kPairs = R"([pairs]
at = 1
ops = [{ name = "crop", size = 4 }, [{ name = "flip" }, { name = "crop", size = 2 }]]
)";

/// "crop8 crop4 flip normalize": the operations of a view, with the sizes of crops.
std::string recipe(const Trial& trial) {
  std::string out;
  for (const json& operation : trial.config["view"][0]["ops"]) {
    out += (out.empty() ? "" : " ") + operation["name"].get<std::string>();
    if (operation["name"] == "crop") out += operation["parameters"]["size"].dump();
  }
  return out;
}

std::string labels(const Trial& trial) {
  return trial.axes["first"].get<std::string>() + '+' + trial.axes["second"].get<std::string>();
}

TEST(Pairs, EveryOrderedPairGoesIntoTheView) {
  const Plan plan = plan_of(sweep_text(kPairs));
  ASSERT_EQ(plan.trials.size(), 4U * 2U);
  std::vector<std::string> recipes;
  std::vector<std::string> names;
  for (size_t i = 0; i < 8; i += 2) {
    recipes.push_back(recipe(plan.trials[i]));
    names.push_back(labels(plan.trials[i]));
  }
  EXPECT_THAT(names, ElementsAre("crop+crop", "crop+flip", "flip+crop", "flip+flip"));
  EXPECT_THAT(
      recipes,
      ElementsAre("crop8 crop4 flip normalize", "crop8 crop4 flip crop2 flip normalize",
                  "crop8 flip crop2 crop4 flip normalize", "crop8 flip crop2 flip normalize"));
  EXPECT_EQ(plan.trials[3].seed, 1U);
  EXPECT_EQ(trial_label("A", plan.trials[2].axes, 0), "A, first=crop, second=flip, seed 0");
}

/// What is run is what counts: the same recipe written out is the same trial.
TEST(Pairs, TheIdentityIsThatOfTheRecipe) {
  const Plan pairs = plan_of(sweep_text(kPairs));
  const Plan written = plan_of(
      sweep_text(), {R"(view=[{ ops = [{ name = "crop", size = 8 }, { name = "crop", size = 4 }, )"
                     R"({ name = "flip" }, { name = "normalize" }] }])"});
  EXPECT_EQ(pairs.trials[0].identity, written.trials[0].identity);
  EXPECT_FALSE(pairs.trials[0].config.whole().contains("pairs"));
}

TEST(Pairs, StandBesideAxesVariantsAndSettings) {
  const std::string text = sweep_text(std::string(kPairs) + R"([[variants]]
name = "A"
[[variants]]
name = "B"
method = { name = "moco" }
[axes]
"view.0.ops.flip.name" = ["flip", "normalize"]
)");
  const Plan plan = plan_of(text, {"train.epochs=7", "view.0.ops.0.size=6"});
  ASSERT_EQ(plan.trials.size(), 2U * 2U * 4U * 2U);
  EXPECT_EQ(recipe(plan.trials[2]), "crop6 crop4 flip crop2 flip normalize");
  EXPECT_EQ(recipe(plan.trials[8]), "crop6 crop4 normalize normalize");
  EXPECT_EQ(plan.trials[8].config["train"]["epochs"], 7);
  std::set<std::string> identities;
  for (const Trial& trial : plan.trials) identities.insert(trial.identity);
  EXPECT_EQ(identities.size(), plan.trials.size());
}

TEST(Pairs, ASettingMayReachIntoThem) {
  const Plan plan = plan_of(sweep_text(kPairs), {"pairs.ops.crop.size=3", "pairs.at=3"});
  EXPECT_EQ(recipe(plan.trials[0]), "crop8 flip normalize crop3");
  EXPECT_EQ(plan_error(kPairs, {"pairs.at=4"}),
            "--set pairs.at=4: pairs: 'at' is 4; view 0 has 3 operations, so it must be at most 3");
}

TEST(Pairs, AScaleMayHaveFewer) {
  const SweepFile sweep = sweep_of(
      sweep_text(std::string(kPairs) + "[scale.tiny]\npairs = { ops = [{ name = \"flip\" }] }\n"),
      "tiny");
  ASSERT_EQ(sweep.pairs.members.size(), 1U);
  EXPECT_EQ(sweep.pairs.members[0].label, "flip");
  EXPECT_EQ(sweep.pairs.at, 1U);
}

TEST(Pairs, ALabelTellsTwoOfOneNameApart) {
  const Plan plan = plan_of(sweep_text(
      "[pairs]\nops = [{ name = \"crop\" }, { name = \"crop\", size = 5, label = \"small\" }]\n"));
  EXPECT_EQ(labels(plan.trials[2]), "crop+small");
  EXPECT_EQ(recipe(plan.trials[2]), "crop0 crop5 crop8 flip normalize");
}

TEST(Pairs, Messages) {
  EXPECT_EQ(plan_error("[pairs]\nviews = 0\n"),
            "demo.toml:11: pairs has no key 'views'; the nearest is 'view'");
  EXPECT_EQ(plan_error("[pairs]\nview = -1\n"),
            "demo.toml:11: pairs: 'view' is -1; it must be 0 to 1000");
  EXPECT_EQ(plan_error("[pairs]\nat = 1\n"),
            "demo.toml:10: pairs: 'ops' must be a list of at least one operation, as [{ name = "
            "\"crop\" }, { name = \"flip\" }]");
  EXPECT_EQ(plan_error("[pairs]\nops = [\"crop\"]\n"),
            "demo.toml:11: an operation of pairs is \"crop\"; it must be a table with a name, as "
            "{ name = \"crop\" }");
  EXPECT_EQ(plan_error("[pairs]\nops = [\n  [],\n]\n"),
            "demo.toml:12: an operation of pairs is an empty list; it must hold one");
  EXPECT_EQ(plan_error("[pairs]\nops = [\n  { name = \"crop\" },\n  { name = \"crop\" },\n]\n"),
            "demo.toml:13: two operations of pairs are called 'crop'; one must have another label, "
            "as { name = \"crop\", label = \"...\" }");
  EXPECT_EQ(plan_error("[pairs]\nview = 1\nops = [{ name = \"crop\" }]\n"),
            "demo.toml:11: pairs: 'view' is 1; the sweep has 1 views, so it must be below 1");
  EXPECT_EQ(plan_error("[pairs]\nat = 9\nops = [{ name = \"crop\" }]\n"),
            "demo.toml:11: pairs: 'at' is 9; view 0 has 3 operations, so it must be at most 3");
}

/// What the pair pushed aside still knows its line, and so does the pair.
TEST(Pairs, MessagesNameTheLineOfTheOperation) {
  EXPECT_EQ(plan_error("[pairs]\nat = 1\nops = [\n  { name = \"flip\" },\n  { name = \"crop\", "
                       "sise = 3 },\n]\n"),
            "demo.toml:14: augmentation 'crop' has no parameter 'sise'; the nearest is 'size'");
  EXPECT_EQ(
      plan_error("[pairs]\nops = [{ name = \"flip\" }]\n[[variants]]\nname = \"A\"\n"
                 "view = [{ ops = [\n{ name = \"flip\" },\n{ name = \"crop\", sise = 3 }] }]\n"),
      "demo.toml:16: augmentation 'crop' has no parameter 'sise'; the nearest is 'size'");
}

TEST(Pairs, TooManyAreRefusedAtOnce) {
  std::string ops;
  for (int i = 0; i < 400; ++i) ops += "{name=\"crop\",label=\"" + std::to_string(i) + "\"},";
  EXPECT_EQ(plan_error("[pairs]\nops = [" + ops + "]\n"),
            "demo.toml:11: 400 operations of pairs make more than the 100000 trials that a sweep "
            "may have");
}

/// The sweep that comes with sslx, with stand-ins for its plugins.
TEST(Pairs, TheMatrixOfSimclrHas49Cells) {
  PluginRegistry registry;
  const auto add = [&](const char* kind, const char* name, std::vector<ParameterSpec> schema) {
    registry.plugins.push_back({kind, name, "1.0.0", "", "", "", "", std::move(schema)});
  };
  for (const char* name : {"cutout", "color", "grayscale", "sobel", "noise", "blur", "rotate"}) {
    add("augmentation", name, {real("probability", 0.5, "how often").between(0, 1)});
  }
  add("augmentation", "crop", {reals("scale", {0.08, 1.0}, ""), reals("ratio", {0.75, 1.3}, "")});
  add("augmentation", "normalize", {reals("mean", {0.5}, ""), reals("std", {0.5}, "")});
  add("method", "simclr", {real("temperature", 0.1, "tau")});
  add("backbone", "resnet_small", {integer("width", 8, "w")});
  TestData data;
  SweepFile sweep = read_sweep_file(SWEEPS "/augment_pairs.toml", "small");
  sweep.seeds = {0};
  const Plan plan = make_plan(sweep, registry, data, "weights");
  ASSERT_EQ(plan.trials.size(), 49U);
  std::set<std::string> identities;
  for (const Trial& trial : plan.trials) {
    identities.insert(trial.identity);
    const json& changed = trial.config["view"][0]["ops"];
    EXPECT_EQ(changed.front()["name"], "crop");
    EXPECT_EQ(changed.back()["name"], "normalize");
    EXPECT_EQ(trial.config["view"][1]["ops"].size(), 2U) << "the other view stays as it is";
  }
  EXPECT_EQ(identities.size(), 49U);
  EXPECT_EQ(plan.trials[0].config["view"][0]["ops"].size(), 3U);
  EXPECT_EQ(labels(plan.trials[9]), "cutout+color");
}

}  // namespace
}  // namespace sslx::sweep
