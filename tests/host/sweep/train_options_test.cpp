// The train table as a trial has it: what is left out so that identities stay, and what is refused.
#include "host/sweep/train_options.h"

#include <gtest/gtest.h>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

json train_of(const std::string& more) {
  return plan_of(sweep_text(more)).trials.at(0).config.at("train");
}

std::vector<std::string> keys_of(const json& table) {
  std::vector<std::string> out;
  for (const auto& [key, value] : table.items()) out.push_back(key);
  return out;
}

/// What trials had before there were other optimisers: recorded results stay findable.
TEST(TrainTable, TheFormerTrialsKeepTheirIdentity) {
  const std::vector<std::string> former{
      "batch_size", "channels_last", "drop_last",     "epochs",
      "lr",         "lr_scaling",    "momentum",      "optimizer",
      "precision",  "schedule",      "warmup_epochs", "weight_decay"};
  EXPECT_EQ(keys_of(train_of("")), former);
  EXPECT_EQ(train_of("nesterov = false\ndecay_all = true\nclip_norm = 0\nlars_eta = 0.001\n"
                     "accumulate = 1\n"),
            train_of(""));
}

/// A search over rates and the sweep that takes what it found have the same trial.
TEST(TrainTable, AFactorOfTheRateIsInTheRateAlone) {
  EXPECT_EQ(train_of("lr = 0.5\nlr_factor = 0.25\n"), train_of("lr = 0.125\n"));
  EXPECT_EQ(train_of("lr = 0.5\nlr_factor = 1.0\n"), train_of("lr = 0.5\n"));
}

/// Each option that is not at its default is in the identity.
TEST(TrainTable, EveryOptionThatCountsIsKept) {
  const auto expect_kept = [](const std::string& beside, const char* key, const json& value) {
    const std::string option = std::string(key) + " = " + value.dump() + "\n";
    EXPECT_EQ(train_of(beside + option).at(key), value);
    EXPECT_NE(train_of(beside + option), train_of(beside)) << key;
  };
  expect_kept("", "nesterov", true);
  expect_kept("", "decay_all", false);
  expect_kept("", "final_lr", 0.001);
  expect_kept("", "clip_norm", 3.0);
  expect_kept("", "lr_scaling", "sqrt");
  expect_kept("", "accumulate", 3);
  expect_kept("clip_norm = 3\n", "clip", "each");
  expect_kept("optimizer = \"adam\"\n", "betas", {0.9, 0.99});
  expect_kept("optimizer = \"lars\"\n", "lars_eta", 0.02);
  expect_kept("optimizer = \"lars\"\n", "lars_momentum", "popular");
  expect_kept("optimizer = \"lars\"\n", "lars_exclude", false);
  expect_kept("schedule = \"step\"\nmilestones = [1]\n", "gamma", 0.2);
  expect_kept("weight_decay_schedule = \"cosine\"\n", "final_weight_decay", 0.2);
}

/// The record says what such a trial did without a look at today's defaults.
TEST(TrainTable, HasTheDefaultsOfWhatIsChosen) {
  const json adam = train_of("optimizer = \"adamw\"\nweight_decay_schedule = \"cosine\"\n");
  EXPECT_EQ(adam.at("betas"), json({0.9, 0.999}));
  EXPECT_EQ(adam.at("final_weight_decay"), 0.4);
  EXPECT_FALSE(adam.contains("momentum"));
  EXPECT_FALSE(adam.contains("lars_eta"));
  const json lars = train_of("optimizer = \"lars\"\n");
  EXPECT_EQ(lars.at("momentum"), 0.9);
  EXPECT_EQ(lars.at("lars_eta"), 0.001);
  EXPECT_EQ(lars.at("lars_momentum"), "classic");
  EXPECT_EQ(lars.at("lars_exclude"), true);
}

TEST(TrainTable, AnOptionThatConcernsNothingIsRefused) {
  EXPECT_EQ(plan_error("betas = [0.5, 0.9]\n"),
            "demo.toml:10: train: 'betas' is [0.5,0.9], but optimizer is \"sgd\"; it must be left "
            "out unless optimizer is adam or adamw");
  EXPECT_EQ(
      plan_error("optimizer = \"adam\"\nmomentum = 0.8\n"),
      "demo.toml:11: train: 'momentum' is 0.8, but optimizer is \"adam\"; it must be left out "
      "unless optimizer is sgd or lars");
  EXPECT_EQ(plan_error("optimizer = \"lars\"\ndecay_all = false\n"),
            "demo.toml:11: train: 'decay_all' is false, but optimizer is \"lars\"; it must be left "
            "out unless optimizer is sgd or adam or adamw");
  EXPECT_EQ(plan_error("gamma = 0.5\n"),
            "demo.toml:10: train: 'gamma' is 0.5, but schedule is \"cosine\"; it must be left out "
            "unless schedule is step");
  EXPECT_EQ(plan_error("clip = \"each\"\n"),
            "demo.toml:10: train: 'clip' is \"each\", but clip_norm is 0.0; it must be left out "
            "unless clip_norm is above 0");
  EXPECT_EQ(plan_error("nesterov = true\nmomentum = 0\n"),
            "demo.toml:10: train: 'nesterov' is true, but momentum is 0.0; it must be left out "
            "unless momentum is above 0");
}

TEST(TrainTable, ListsAreChecked) {
  const std::string adam = "optimizer = \"adam\"\n";
  EXPECT_EQ(plan_error(adam + "betas = [0.9]\n"),
            "demo.toml:11: train: 'betas' is [0.9]; it must be two numbers from 0 to below 1");
  EXPECT_EQ(plan_error(adam + "betas = [0.9, 1]\n"),
            "demo.toml:11: train: 'betas' is [0.9,1.0]; it must be two numbers from 0 to below 1");
  EXPECT_EQ(plan_error("schedule = \"step\"\nmilestones = [80, 60]\n"),
            "demo.toml:11: train: 'milestones' is [80,60]; it must be rising epochs, as [60, 80]");
  EXPECT_EQ(plan_error("schedule = \"step\"\n"),
            "demo.toml:8: train: 'milestones' is []; it must be rising epochs, as [60, 80]");
}

}  // namespace
}  // namespace sslx::sweep
