// The tables of evaluation as a trial has them: what is off leaves nothing, and what is refused.
#include "host/sweep/evaluate_options.h"

#include <gtest/gtest.h>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

json evaluation_of(const std::string& more) {
  return plan_of(sweep_text(more)).trials.at(0).config.at("evaluate");
}

std::string refusal_of(const std::string& more) {
  return message_of([&] { plan_of(sweep_text(more)); });
}

const std::string kFinetune = "[base.evaluate.finetune]\n";
const std::string kDistil = "[base.evaluate.distil]\n";

/// What trials had before there was fine-tuning: recorded results stay findable.
TEST(EvaluateTable, TheFormerTrialsKeepTheirIdentity) {
  const json former = evaluation_of("");
  EXPECT_EQ(former.size(), 4U);
  EXPECT_TRUE(former.contains("batch_size") && former.contains("ops") && former.contains("knn") &&
              former.contains("linear"));
  EXPECT_EQ(evaluation_of(kFinetune + "labels = []\n"), former);
}

TEST(EvaluateTable, TheLinearProbeHasWhatIsNotUsualAlone) {
  const auto linear = [](const std::string& options) {
    return evaluation_of("[base.evaluate.linear]\n" + options).at("linear");
  };
  const json former = linear("");
  EXPECT_EQ(former.size(), 6U);
  EXPECT_EQ(linear("features = \"standardised\"\nnesterov = false\nschedule = \"cosine\"\n"),
            former);
  const json raw = linear("features = \"raw\"\nschedule = \"step\"\nmilestones = [3]\n");
  EXPECT_EQ(raw.at("features"), "raw");
  EXPECT_EQ(raw.at("milestones"), json({3}));
  EXPECT_EQ(raw.at("gamma"), 0.1);
  EXPECT_NE(refusal_of("[base.evaluate.linear]\nmilestones = [3]\n"), "");
}

TEST(EvaluateTable, AFurtherProbeTakesWhatItDoesNotSay) {
  const std::string probes = R"([base.evaluate.knn]
temperature = 0.5
[[base.evaluate.probe]]
name = "near"
knn = { k = 3 }
[[base.evaluate.probe]]
name = "z"
of = "outputs"
)";
  const json all = evaluation_of(probes).at("probe");
  EXPECT_EQ(all.at(0).at("knn"), (json{{"k", 3}, {"temperature", 0.5}}));
  EXPECT_FALSE(all.at(0).contains("linear"));
  EXPECT_EQ(all.at(0).at("of"), "features");
  EXPECT_EQ(all.at(1).at("of"), "outputs");
  EXPECT_EQ(all.at(1).at("knn").at("k"), 20);
  EXPECT_TRUE(all.at(1).contains("linear"));
}

TEST(EvaluateTable, FineTuningHasItsDefaults) {
  const json table = evaluation_of(kFinetune).at("finetune");
  EXPECT_EQ(table.at("labels"), json({0.01, 0.1}));
  EXPECT_EQ(table.at("epochs"), json({60, 30}));
  EXPECT_EQ(table.at("schedule"), "cosine");
  EXPECT_FALSE(table.contains("lars_eta"));
  EXPECT_EQ(evaluation_of(kFinetune + "optimizer = \"lars\"\n").at("finetune").at("lars_eta"),
            0.001);
  const json adamw = evaluation_of(kFinetune + "optimizer = \"adamw\"\n").at("finetune");
  EXPECT_EQ(adamw.at("betas"), json({0.9, 0.999}));
  EXPECT_FALSE(adamw.contains("momentum"));
}

TEST(EvaluateTable, OneNumberOfEpochsServesAllShares) {
  const json table = evaluation_of(kFinetune + "labels = [0.1, 0.2, 1]\nepochs = [5]\n");
  EXPECT_EQ(table.at("finetune").at("epochs"), json({5, 5, 5}));
}

/// The first view's crop has the size, and evaluation's own operations follow.
TEST(EvaluateTable, TheDefaultAugmentationEndsAsEvaluationDoes) {
  const json table = evaluation_of(kFinetune);
  const json ops = table.at("finetune").at("ops");
  ASSERT_EQ(ops.size(), 3U);
  EXPECT_EQ(ops[0].at("name"), "crop");
  EXPECT_EQ(ops[0].at("parameters").at("size"), 8);
  EXPECT_EQ(ops[1].at("name"), "flip");
  EXPECT_EQ(ops[2], table.at("ops").at(0));
  const json own = evaluation_of(kFinetune + "ops = [{ name = \"normalize\" }]\n");
  EXPECT_EQ(own.at("finetune").at("ops").size(), 1U);
}

/// The views of a data set that brings several are taken before anything is cropped.
TEST(EvaluateTable, TheSourcesOfEvaluationAreThoseOfFineTuning) {
  const auto names = [](const std::string& ops) {
    const Plan plan =
        plan_of(sweep_text(kFinetune + ops), {"data.name=\"pack\"", "view.0.source=\"image\""});
    std::vector<std::string> found;
    for (const json& operation : plan.trials.at(0).config.at("evaluate").at("finetune").at("ops")) {
      found.push_back(operation.at("name"));
    }
    return found;
  };
  EXPECT_EQ(names(""), (std::vector<std::string>{"source", "crop", "flip", "normalize"}));
  EXPECT_EQ(names("ops = [{ name = \"flip\" }]\n"), (std::vector<std::string>{"source", "flip"}));
}

TEST(EvaluateTable, TheStudentIsTheTrialsBackboneUnlessItHasItsOwn) {
  const json same = evaluation_of(kFinetune + kDistil).at("distil").at("backbone");
  EXPECT_EQ(same, json({{"name", "resnet"}, {"parameters", {{"width", 32}}}}));
  const json own =
      evaluation_of(kFinetune + kDistil + "backbone = { name = \"resnet\", width = 8 }\n");
  EXPECT_EQ(own.at("distil").at("backbone").at("parameters").at("width"), 8);
}

TEST(EvaluateTable, WhatIsWrongIsOneSentence) {
  EXPECT_EQ(
      refusal_of(kFinetune + "labels = [0.1, 0.01]\n"),
      "demo.toml:11: evaluate.finetune: 'labels' is [0.1,0.01]; it must be rising shares above "
      "0, as [0.01, 0.1]");
  EXPECT_EQ(
      refusal_of(kFinetune + "labels = [0, 0.1]\n"),
      "demo.toml:11: evaluate.finetune: 'labels' is [0.0,0.1]; it must be rising shares above "
      "0, as [0.01, 0.1]");
  EXPECT_EQ(refusal_of(kFinetune + "epochs = [1, 2, 3]\n"),
            "demo.toml:11: evaluate.finetune: 'epochs' is [1,2,3]; it must be one number for all "
            "shares, or 2");
  EXPECT_EQ(
      refusal_of(kFinetune + "labels = [0.5]\n"),
      "demo.toml:11: evaluate.finetune: there are 1 shares of the labels, and no epochs; there "
      "must be some, as epochs = [30] for all of them");
  EXPECT_EQ(
      refusal_of(kDistil),
      "demo.toml:10: evaluate.distil needs a teacher; there must be an evaluate.finetune, whose "
      "networks are the teachers");
  EXPECT_EQ(refusal_of(kFinetune + "labells = [0.1]\n"),
            "demo.toml:11: evaluate.finetune has no key 'labells'; the nearest is 'labels'");
  EXPECT_EQ(refusal_of(kFinetune + kDistil + "backbone = { width = 8 }\n"),
            "demo.toml:12: the backbone has no name; it must be a table with one, as backbone = { "
            "name = \"...\" }");
}

}  // namespace
}  // namespace sslx::sweep
