#include "host/sweep/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/detail/digest.h>

#include <fstream>
#include <set>

#include "host/sweep/resolve.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

TEST(Plan, ExpandsVariantsThenAxesThenSeeds) {
  const Plan plan = plan_of(sweep_text(R"([[variants]]
name = "A"
[[variants]]
name = "B"
method = { name = "moco" }
[axes]
"train.lr" = [1, 2]
zip = [{ "train.epochs" = [1, 2], "train.momentum" = [0.1, 0.2] }]
)"));
  ASSERT_EQ(plan.trials.size(), 2U * 4U * 2U);
  EXPECT_EQ(trial_label(plan.trials[2].variant, plan.trials[2].axes, plan.trials[2].seed),
            "A, train.epochs=2, train.lr=1, train.momentum=0.2, seed 0");
  EXPECT_EQ(plan.trials[15].variant, "B");
  EXPECT_EQ(plan.trials[15].config["train"]["lr"], 2.0);
  std::set<std::string> identities;
  for (const Trial& trial : plan.trials) identities.insert(trial.identity);
  EXPECT_EQ(identities.size(), 16U);
}

TEST(Plan, FillsEveryDefaultAndNamesThePlugins) {
  const Plan plan = plan_of(sweep_text());
  const Trial& trial = plan.trials.at(0);
  EXPECT_EQ(trial.variant, "simclr");
  EXPECT_EQ(trial.config["method"].dump(), R"({"name":"simclr","parameters":{"temperature":0.2}})");
  EXPECT_EQ(trial.config["train"]["momentum"], 0.9);
  EXPECT_EQ(trial.config["evaluate"]["knn"]["k"], 20);
  EXPECT_EQ(trial.config["evaluate"]["ops"].dump(),
            R"([{"name":"normalize","parameters":{"mean":[0.5]}}])");
  EXPECT_EQ(trial.config["data"]["fingerprint"], "digest of cifar10");
  EXPECT_EQ(trial.plugins.size(), 5U);
  EXPECT_EQ(trial.steps, 3 * (1000 / 256));
}

TEST(Plan, TheIdentityDependsOnWhatIsRunAlone) {
  const std::string one = plan_of(sweep_text()).trials[0].identity;
  EXPECT_EQ(one, plan_of(sweep_text("[run]\njobs = 2\n")).trials[0].identity);
  EXPECT_EQ(one, plan_of(sweep_text(), {"data.path=/somewhere"}).trials[0].identity);
  EXPECT_EQ(one, plan_of(sweep_text("momentum = 0.9\nlr = 0.1\n")).trials[0].identity);
  EXPECT_EQ(one, plan_of(sweep_text("lr = 0.1\nmomentum = 0.9\n")).trials[0].identity);
  EXPECT_NE(one, plan_of(sweep_text("lr = 0.2\n")).trials[0].identity);
  EXPECT_NE(one, plan_of(sweep_text()).trials[1].identity);
}

/// Known before it is made, and said instead of std::bad_alloc.
TEST(Plan, MoreThanTheMemoryHolds) {
  SweepFile sweep = sweep_of(sweep_text("[axes]\n\"train.lr\" = [0.1, 0.2, 0.3, 0.4]\n"));
  sweep.seeds = parse_seeds(1000, "here");
  TestData data;
  const PluginRegistry registry = test_registry();
  EXPECT_THAT(message_of([&] { make_plan(sweep, registry, data, "weights", {8 << 20}); }),
              testing::StartsWith("demo.toml: its 4000 trials would take about "));
  EXPECT_EQ(make_plan(sweep, registry, data, "weights").trials.size(), 4000U);
}

/// Trials that evaluate otherwise train the same weights.
TEST(Plan, TheTrainingHasAnIdentityOfItsOwn) {
  const Trial one = plan_of(sweep_text()).trials[0];
  const Trial probed = plan_of(sweep_text("[base.evaluate]\nknn = { k = 7 }\n")).trials[0];
  EXPECT_NE(one.identity, probed.identity);
  EXPECT_EQ(one.training, probed.training);
  EXPECT_NE(one.training, plan_of(sweep_text("lr = 0.2\n")).trials[0].training);
  EXPECT_NE(one.training, plan_of(sweep_text()).trials[1].training);
}

/// As for keys: a slip of the pen is told before anything runs.
TEST(Plan, AFigureThatNoRunCanHave) {
  const auto error = [](const std::string& metric, const std::string& more = "") {
    return plan_error("[table]\nmetrics = [\"" + metric + "\"]\n" + more);
  };
  EXPECT_EQ(error("image_per_second"),
            "demo.toml:11: no run of this sweep has a figure 'image_per_second'; the nearest is "
            "'images_per_second'");
  EXPECT_EQ(error("contrastive_accurcy"),
            "demo.toml:11: no run of this sweep has a figure 'contrastive_accurcy'; the nearest is "
            "'contrastive_accuracy'");
  EXPECT_THAT(error("finetune_1pct_top1"), testing::HasSubstr("no run of this sweep has a figure"));
  EXPECT_THAT(error("some_other_thing_altogether"),
              testing::HasSubstr("there are accuracy_step_*"));
  for (const char* right : {"knn_top1", "loss", "gradient_norm.layer1.0", "accuracy_step_2"}) {
    EXPECT_EQ(error(right), "") << right;
  }
  // A method that does not say what it reports may report anything, but for a slip.
  const std::string moco = "[[variants]]\nname = \"B\"\nmethod = { name = \"moco\" }\n";
  EXPECT_EQ(error("queue_age", moco), "");
  EXPECT_THAT(error("knn_top2", moco), testing::HasSubstr("the nearest is 'knn_top1'"));
}

TEST(Plan, ARowThatNoTrialHas) {
  EXPECT_THAT(
      plan_error("[table]\nbaseline = { variant = \"nobody\" }\n"),
      ::testing::HasSubstr(": the baseline of the table is {\"variant\":\"nobody\"}, and no "
                           "trial is of such a row"));
  EXPECT_EQ(plan_error("[table]\nrows = [\"variants\"]\n"),
            "demo.toml:11: the rows of the table are of 'variants', which no trial has; it must be "
            "variant, method, backbone, data, seed or a key of the configuration; the nearest is "
            "'variant'");
  EXPECT_THAT(
      plan_error("[table]\ncolumns = [\"train.leraning\"]\n"),
      testing::HasSubstr("the columns of the table are of 'train.leraning', which no trial"));
  EXPECT_EQ(plan_error("[axes]\n\"train.lr\" = [0.1, 0.2]\n[table]\nrows = [\"train.lr\", "
                       "\"method.temperature\", \"view.0.ops\", \"seed\"]\n"),
            "");
}

TEST(Plan, TheFiguresOfEachShareOfTheLabels) {
  const std::string text =
      "[base.evaluate.finetune]\nlabels = [0.01]\nepochs = [2]\n[table]\nmetrics = [\"";
  EXPECT_EQ(plan_error(text + "finetune_1pct_top1\", \"finetune_1pct_loss\"]\n"), "");
  EXPECT_THAT(plan_error(text + "finetune_2pct_top1\"]\n"),
              testing::HasSubstr("the nearest is 'finetune_1pct_top1'"));
  EXPECT_THAT(plan_error(text + "distil_1pct_top1\"]\n"), testing::HasSubstr("no run of this"));
}

TEST(Plan, ALeftOverBatchOfOneImageIsRefusedBeforeAnythingRuns) {
  // cifar10 with 1,000 images: 37 batches of 27 and one image.
  EXPECT_THAT(plan_error("batch_size = 27\ndrop_last = false\n"),
              ::testing::AllOf(::testing::HasSubstr("simclr, seed 0: train.batch_size is 27"),
                               ::testing::HasSubstr("a batch of one image of the 1000 training")));
  EXPECT_EQ(plan_error("batch_size = 27\n"), "");
  EXPECT_EQ(plan_error("batch_size = 28\ndrop_last = false\n"), "");
}

TEST(Plan, TheIdentityIsTheDigestOfTheCanonicalText) {
  EXPECT_EQ(trial_identity({{"b", 1}, {"a", 0.5}}, 3),
            trial_identity(nlohmann::json::parse(R"({ "a": 0.5, "b": 1 })"), 3));
  EXPECT_EQ(trial_identity(nlohmann::json::object(), 0),
            "8b7ce4e939702854f4b0d932feb84576bfca5172d96645dd442a9e44ec2a96cf")
      << "a changed digest makes every recorded result unfindable";
}

TEST(Plan, SettingsWinOverVariantsAndReplaceAxes) {
  const std::string text = sweep_text(R"([[variants]]
name = "A"
train = { lr = 1 }
[axes]
"train.epochs" = [1, 2]
)");
  const Plan plan = plan_of(text, {"train.lr=5", "train.epochs=7", "train.precision=bf16"});
  ASSERT_EQ(plan.trials.size(), 2U);
  EXPECT_EQ(plan.trials[0].config["train"]["lr"], 5.0);
  EXPECT_EQ(plan.trials[0].config["train"]["epochs"], 7);
  EXPECT_EQ(plan.trials[0].config["train"]["precision"], "bf16");
}

TEST(Plan, SettingMessages) {
  EXPECT_EQ(plan_error("", {"trian.lr=1"}),
            "--set trian.lr=1: the configuration has no key 'trian'; the nearest is 'train'");
  EXPECT_EQ(plan_error("", {"train.lt=1"}),
            "--set train.lt=1: train has no key 'lt'; the nearest is 'lr'");
  EXPECT_EQ(plan_error("", {"train.lr"}),
            "--set train.lr: this is no setting; it must be key=value, as train.epochs=5");
  EXPECT_EQ(plan_error("", {"method.temprature=1"}),
            "--set method.temprature=1: method 'simclr' has no parameter 'temprature'; the nearest "
            "is 'temperature'");
}

TEST(Plan, MessagesNameTheLineOfTheKey) {
  EXPECT_EQ(plan_error("epoch = 3\n"),
            "demo.toml:10: train has no key 'epoch'; the nearest is 'epochs'");
  EXPECT_EQ(plan_error("lr = \"x\"\n"), "demo.toml:10: train: 'lr' is \"x\"; it must be a number");
  EXPECT_EQ(plan_error("lr = -1\n"), "demo.toml:10: train: 'lr' is -1; it must be above 0");
  EXPECT_EQ(plan_error("[base.evaluate.knn]\nkk = 3\n"),
            "demo.toml:11: evaluate.knn has no key 'kk'; the nearest is 'k'");
  EXPECT_EQ(plan_error("[[variants]]\nname = \"A\"\n\nmethod.temprature = 3\n"),
            "demo.toml:13: method 'simclr' has no parameter 'temprature'; the nearest is "
            "'temperature'");
  EXPECT_EQ(plan_error("[axes]\n\"view.0.ops.crop.sise\" = [3]\n"),
            "demo.toml:11: augmentation 'crop' has no parameter 'sise'; the nearest is 'size'");
  EXPECT_THAT(plan_error("[[variants]]\nname = \"A\"\nmethod.name = \"simcrl\"\n"),
              ::testing::StartsWith("demo.toml:12: "));
}

TEST(Plan, AViewWithACountIsThatManyViews) {
  const std::string text = sweep_text(R"([[variants]]
name = "multi-crop"
view = [{ count = 2, ops = [{ name = "crop", size = 8 }] }, { count = 3, ops = [{ name = "flip" }] }]
)");
  const nlohmann::json views = plan_of(text).trials.at(0).config["view"];
  ASSERT_EQ(views.size(), 5U);
  EXPECT_EQ(views[0], views[1]);
  EXPECT_EQ(views[1]["ops"][0]["name"], "crop");
  EXPECT_EQ(views[2], views[4]);
  EXPECT_EQ(views[4]["ops"][0]["name"], "flip");
  EXPECT_EQ(plan_error("[[variants]]\nname = \"A\"\nview = [{ count = 0, ops = [] }]\n"),
            "demo.toml:12: view 0: 'count' is 0; it must be 1 to 1000");
  EXPECT_EQ(plan_error("[[variants]]\nname = \"A\"\nview = [{ conut = 2, ops = [] }]\n"),
            "demo.toml:12: view 0 has no key 'conut'; the nearest is 'count'");
}

TEST(Plan, LocalViewsAreTheLast) {
  const auto with = [](const std::string& views) {
    return "[[variants]]\nname = \"A\"\nview = [" + views + "]\n";
  };
  const std::string global = "{ count = 2, ops = [] }";
  const std::string local = "{ count = 2, local = true, ops = [{ name = \"crop\", size = 4 }] }";
  const auto views = [&](const std::string& text) {
    return plan_of(sweep_text(with(text))).trials.at(0).config["view"];
  };
  const nlohmann::json made = views(global + ", " + local);
  ASSERT_EQ(made.size(), 4U);
  EXPECT_FALSE(made[1].contains("local")) << "the identity of a view that is global stays";
  EXPECT_EQ(made[2]["local"], true);
  EXPECT_EQ(made[3], made[2]);
  const std::string sentence =
      "stands before a global one; views with local = true must be the last";
  EXPECT_EQ(plan_error(with(local)), "demo.toml:12: view 0 " + sentence);
  EXPECT_EQ(plan_error(with(global + ", " + local + ", " + global)),
            "demo.toml:12: view 1 " + sentence);
}

/// It is no parameter of the augmentation, and the identity of a recipe without it stays.
TEST(Plan, AnOperationMayBeSharedByTheViews) {
  const auto with = [](const std::string& more) {
    return sweep_text("[[variants]]\nname = \"A\"\nview = [{ ops = [{ name = \"flip\"" + more +
                      " }] }]\n");
  };
  const Trial shared = plan_of(with(", shared = true")).trials[0];
  EXPECT_EQ(shared.config["view"][0]["ops"][0]["shared"], true);
  EXPECT_EQ(plan_of(with(", shared = false")).trials[0].identity,
            plan_of(with("")).trials[0].identity);
  EXPECT_NE(shared.identity, plan_of(with("")).trials[0].identity);
  EXPECT_EQ(message_of([&] { plan_of(with(", shared = 1")); }),
            "demo.toml:12: augmentation 'flip': 'shared' is 1; it must be true or false");
  EXPECT_THAT(
      plan_error("", {"method.shared=true"}),
      ::testing::StartsWith("--set method.shared=true: method 'simclr' has no parameter 'shared'"));
}

/// The identity holds the digest of the weights, whatever they are called and wherever they lie.
TEST(Plan, TheBackboneMayStartFromWeights) {
  const TestFolder folder;
  std::ofstream(folder.path / "w.safetensors") << safetensors_of("tensors");
  const std::string file = (folder.path / "w.safetensors").string();
  const auto trial = [&](const std::string& weights) {
    SweepFile sweep = sweep_of(sweep_text());
    apply_setting(sweep, "backbone.weights=\"" + weights + "\"");
    TestData data;
    return make_plan(sweep, test_registry(), data, folder.path / "store").trials.at(0);
  };
  const Trial by_path = trial(file);
  EXPECT_EQ(by_path.config["backbone"]["weights"], sha256_hex(safetensors_of("tensors")));
  EXPECT_EQ(by_path.weights.file, file);
  WeightsStore store(folder.path / "store");
  store.keep(by_path.weights);
  EXPECT_EQ(trial(sha256_hex(safetensors_of("tensors"))).identity, by_path.identity);
  EXPECT_NE(plan_of(sweep_text()).trials[0].identity, by_path.identity);
  EXPECT_EQ(plan_of(sweep_text()).trials[0].identity, trial("").identity);
  std::ofstream(file) << safetensors_of("others");
  EXPECT_NE(trial(file).identity, by_path.identity);
}

/// Names and shapes of tensors may be the same although the backbone is another.
TEST(Plan, ImportedWeightsAreForTheirOwnBackbone) {
  const TestFolder folder;
  std::filesystem::create_directories(folder.path / "store");
  const auto import = [&](const std::string& name, const nlohmann::json& backbone) {
    std::ofstream(folder.path / "w") << safetensors_of("tensors");
    WeightsStore(folder.path / "store").add(folder.path / "w", name, {{"backbone", backbone}});
  };
  const auto refusal = [&](const std::string& name, const std::string& setting) {
    SweepFile sweep = sweep_of(sweep_text());
    apply_setting(sweep, "backbone.weights=\"" + name + "\"");
    apply_setting(sweep, setting);
    TestData data;
    return message_of([&] { make_plan(sweep, test_registry(), data, folder.path / "store"); });
  };
  import("wide", {{"name", "resnet"}, { "parameters", { { "width", 64 } } }});
  EXPECT_EQ(refusal("wide", "backbone.width=64"), "");
  EXPECT_EQ(refusal("wide", "backbone.width=32"),
            "--set backbone.weights=\"wide\": weights: the weights were imported for another "
            "backbone, width is 64 there and 32 here; it must be the same");
  // Imported before the plugin had a width: it was the default.
  import("old", {{"name", "resnet"}, { "parameters", nlohmann::json::object() }});
  EXPECT_EQ(refusal("old", "backbone.width=32"), "");
  EXPECT_THAT(refusal("old", "backbone.width=8"),
              ::testing::HasSubstr("width is 32 there and 8 here"));
  import("vit", {{"name", "vit"}, { "parameters", { { "heads", 6 } } }});
  EXPECT_THAT(refusal("vit", "backbone.width=32"),
              ::testing::HasSubstr("backbone, name is \"vit\" there and \"resnet\" here;"));
}

TEST(Plan, WeightsThatAreNotThereAreNamedWithTheLine) {
  const auto with = [](const std::string& weights) {
    return "[[variants]]\nname = \"A\"\nbackbone = { name = \"resnet\", " + weights + " }\n";
  };
  EXPECT_THAT(plan_error(with("weights = \"x\"")),
              ::testing::StartsWith("demo.toml:12: weights: there are no weights called 'x' in "));
  EXPECT_THAT(plan_error(with("weights = \"a/x\"")), ::testing::EndsWith("/a/x: there is no such "
                                                                         "file of weights"));
  EXPECT_EQ(plan_error(with("weights = 3")),
            "demo.toml:12: 'weights' is 3; it must be a string of one line");
  EXPECT_EQ(plan_error(with("wieghts = \"x\"")),
            "demo.toml:12: backbone 'resnet' has no parameter 'wieghts'; the nearest is 'weights'");
}

TEST(Plan, AFallbackIsUsedWhenTheDataIsNotThere) {
  const std::string text =
      sweep_text("[[variants]]\nname = \"A\"\ndata = { fallback = { name = \"shapes\" } }\n");
  const PluginRegistry registry = test_registry();
  TestData data;
  EXPECT_EQ(make_plan(sweep_of(text), registry, data, "weights").trials[0].config["data"]["name"],
            "cifar10");
  data.there = false;
  const Plan plan = make_plan(sweep_of(text), registry, data, "weights");
  EXPECT_EQ(plan.trials[0].config["data"]["name"], "shapes");
  ASSERT_EQ(plan.notes.size(), 1U);
  EXPECT_EQ(plan.notes[0], "the data set 'cifar10' is not here, so 'shapes' is used instead");
}

}  // namespace
}  // namespace sslx::sweep
