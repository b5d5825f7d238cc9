#include "host/sweep/sections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using ::testing::HasSubstr;

/// The help prints nothing of a key that says nothing of itself.
TEST(Sections, EveryKeyHasAMeaning) {
  for (const Section& one : sections()) {
    EXPECT_NE(one.meaning, "") << one.name;
    EXPECT_NE(one.what, "") << one.name;
    for (const Key& key : one.keys) {
      EXPECT_NE(key.meaning, "") << one.name << '.' << key.name;
      EXPECT_TRUE(key.holds != Holds::kOther || !key.type.empty()) << one.name << '.' << key.name;
    }
    for (const ParameterSpec& spec : one.parameters) {
      EXPECT_STRNE(spec.meaning.data(), "") << one.name << '.' << spec.name.data();
    }
  }
}

TEST(Sections, NoKeyIsDeclaredTwiceAndTablesAreSections) {
  for (const Section& one : sections()) {
    std::vector<std::string> names = key_names(one);
    for (const ParameterSpec& spec : one.parameters) names.emplace_back(spec.name.data());
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end()) << one.name;
    EXPECT_EQ(std::ranges::count(sections(), one.name, &Section::name), 1) << one.name;
    for (const Key& key : one.keys) {
      const auto inner = std::ranges::count(sections(), key.inner, &Section::name);
      EXPECT_TRUE(key.inner.empty() || inner == 1) << one.name << '.' << key.name;
    }
  }
}

/// What is accepted is told of: a trial with each key of its tables is planned, and its
/// configuration holds nothing that no section declares.
TEST(Sections, WhatATrialHoldsIsDeclared) {
  const Trial trial =
      plan_of(sweep_text("[base.evaluate.finetune]\n[base.evaluate.distil]\n")).trials.front();
  const auto has = [](const Section& one, const std::string& key) {
    const std::vector<std::string> names = key_names(one);
    return std::ranges::count(names, key) > 0 ||
           std::ranges::any_of(one.parameters,
                               [&](const ParameterSpec& spec) { return key == spec.name.data(); });
  };
  const nlohmann::json& config = trial.config.whole();
  for (const auto& [key, value] : config.items()) EXPECT_TRUE(has(section("base"), key)) << key;
  for (const auto& [key, value] : config.at("train").items()) {
    EXPECT_TRUE(has(section("train"), key)) << key;
  }
  for (const auto& [key, value] : config.at("evaluate").items()) {
    EXPECT_TRUE(has(section("evaluate"), key)) << key;
    if (!value.is_object()) continue;
    const Section& inner = section("evaluate." + key);
    for (const auto& [own, setting] : value.items()) {
      // What nobody chooses, see add_fixed_settings().
      const bool fixed = own == "lr_scaling" || own == "schedule";
      EXPECT_TRUE(fixed || has(inner, own)) << key << '.' << own;
    }
  }
}

TEST(Sections, WhichKeysAreTexts) {
  for (const char* path :
       {"data.path", "data.name", "data.fallback.path", "data.decode", "backbone.weights",
        "train.optimizer", "view.0.source", "view.*.ops.crop.source", "view.0.ops.0.name",
        "evaluate.ops.*.name", "evaluate.finetune.optimizer", "evaluate.data.path",
        "evaluate.data.fallback.path"}) {
    EXPECT_TRUE(holds_text(path)) << path;
  }
  for (const char* path : {"data", "train.lr", "view", "view.0", "view.0.ops", "method.temperature",
                           "evaluate.linear.lr", "nothing.of.this", "data.train_per_class"}) {
    EXPECT_FALSE(holds_text(path)) << path;
  }
}

/// The nearest right one, by its letters or by what it means, in nested tables too.
TEST(Sections, UnknownKeysNameTheNearest) {
  EXPECT_EQ(plan_error("gradient_clip = 1\n"),
            "demo.toml:10: train has no key 'gradient_clip'; the nearest is 'clip_norm'");
  EXPECT_EQ(plan_error("learning_rate = 1\n"),
            "demo.toml:10: train has no key 'learning_rate'; the nearest is 'lr'");
  EXPECT_EQ(plan_error("[base.evaluate]\nlinaer = { epochs = 3 }\n"),
            "demo.toml:11: evaluate has no key 'linaer'; the nearest is 'linear'");
  EXPECT_EQ(plan_error("[base.evaluate]\nlinear = { epoch = 3 }\n"),
            "demo.toml:11: evaluate.linear has no key 'epoch'; the nearest is 'epochs'");
  EXPECT_EQ(plan_error("[base.evaluate]\nknn = { neighbours = 3 }\n"),
            "demo.toml:11: evaluate.knn has no key 'neighbours'; the nearest is 'k'");
  EXPECT_EQ(plan_error("[base.evaluate.distil.backbone]\nname = \"resnet\"\nweights = \"x\"\n"
                       "[base.evaluate.finetune]\n"),
            "demo.toml:12: backbone 'resnet' has no parameter 'weights'; it has name, width");
  EXPECT_EQ(plan_error("", {"data.pth=/a"}),
            "--set data.pth=/a: data set 'cifar10' has no key 'pth'; the nearest is 'path'");
  EXPECT_EQ(plan_error("[[variants]]\nname = \"A\"\nmethod = { name = \"simclr\", tau = 3 }\n"),
            "demo.toml:12: method 'simclr' has no parameter 'tau'; the nearest is 'temperature'");
  EXPECT_EQ(plan_error("[scale.small.base]\ntrian = { epochs = 1 }\n"),
            "demo.toml:11: scale.small.base has no key 'trian'; the nearest is 'train'");
  EXPECT_EQ(plan_error("[run]\njob = 2\n"),
            "demo.toml:11: run has no key 'job'; the nearest is "
            "'jobs'");
  // Two letters of which none is right are no slip.
  EXPECT_THAT(plan_error("bs = 8\n"), HasSubstr("train has no key 'bs'"));
  EXPECT_THAT(plan_error("bs = 8\n"), ::testing::Not(HasSubstr("'lr'")));
}

TEST(Sections, WhatAKeyHoldsIsChecked) {
  EXPECT_EQ(plan_error("[base.evaluate]\nops = 3\n"),
            "demo.toml:11: 'ops' is 3; it must be a list of tables, as [{ name = \"normalize\" }]");
  EXPECT_EQ(plan_error("", {"view=3"}),
            "--set view=3: 'view' is 3; it must be a list of tables, as [[base.view]]");
  EXPECT_EQ(plan_error("", {"method=simclr"}),
            "--set method=simclr: 'method' is \"simclr\"; it must be a table, as { name = "
            "\"simclr\" }");
  EXPECT_EQ(plan_error("[table]\nmetrics = \"loss\"\n"),
            "demo.toml:11: 'metrics' is \"loss\"; it must be a list of strings, as "
            "[\"knn_top1\"]");
}

std::string many(size_t count, const std::string& element) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += element + ", ";
  return "[" + out + "]";
}

/// Sizes that nobody means are refused at once, not planned for minutes.
TEST(Sections, SizesHaveLimits) {
  const std::string operations = many(10'000, "{ name = \"flip\" }");
  const auto with = [](const std::string& view) {
    return "[[variants]]\nname = \"A\"\nview = " + view + "\n";
  };
  EXPECT_EQ(plan_error(with("[{ ops = " + operations + " }]")),
            "demo.toml:12: view 0: 'ops' has 10000 elements; it must have at most 1000");
  EXPECT_EQ(plan_error("[base.evaluate]\nops = " + operations + "\n"),
            "demo.toml:11: evaluate: 'ops' has 10000 elements; it must have at most 1000");
  EXPECT_EQ(plan_error(with(many(10'000, "{ ops = [] }"))),
            "demo.toml:12: variant 'A': 'view' has 10000 elements; it must have at most 1000");
  EXPECT_EQ(plan_error(with(many(11, "{ count = 100, ops = [] }"))),
            "demo.toml:12: there are 1100 views with 0 operations together; there may be at most "
            "1000 with 10000");
  EXPECT_THAT(plan_error(with("[{ count = 1000, ops = " + many(11, "{ name = \"flip\" }") + " }]")),
              HasSubstr("there are 1000 views with 11000 operations together"));
  EXPECT_EQ(plan_error("betas = " + many(1001, "0.5") + "\n"),
            "demo.toml:10: train: 'betas' has 1001 elements; it must have at most 1000");
  EXPECT_EQ(plan_error("[table]\nmetrics = " + many(1001, "\"loss\"") + "\n"),
            "demo.toml:11: table: 'metrics' has 1001 elements; it must have at most 1000");
  EXPECT_EQ(plan_error(with("[{ ops = " + many(1000, "{ name = \"flip\" }") + " }]")), "");
}

}  // namespace
}  // namespace sslx::sweep
