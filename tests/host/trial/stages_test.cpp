#include "host/trial/stages.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "host/train/device.h"
#include "host/weights/checkpoint_files.h"

namespace sslx::train {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const json kStarted{{"device", "cpu"}, {"threads", 1}, {"precision", "fp32"}};

/// An earlier run that finished two stages, and a new one.
class StagesTest : public ::testing::Test {
 protected:
  StagesTest() {
    std::string pattern = (fs::temp_directory_path() / "sslx-stages-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    earlier_.directory = folder_ / "earlier";
    earlier_.config = {{"method", {{"name", "m"}}}};
    earlier_.seed = 3;
    earlier_.plugins = {{"method", "m", "/a.so", "aa"}};
    request_ = earlier_;
    request_.directory = folder_ / "new";
    request_.resume = earlier_.directory;
    for (const TrialRequest& one : {earlier_, request_}) fs::create_directories(one.directory);
    write_earlier();
  }
  ~StagesTest() override { fs::remove_all(folder_); }

  static torch::nn::Linear layer(double value) {
    torch::nn::Linear out(2, 2);
    const torch::NoGradGuard guard;
    for (torch::Tensor& parameter : out->parameters()) parameter.fill_(value);
    return out;
  }

  void write_earlier() const {
    fs::remove(earlier_.directory / "journal.jsonl");
    std::ofstream(earlier_.directory / "request.json") << json{
        {"run", "earlier"},
        {"directory", ""},
        {"config", earlier_.config},
        {"seed", 3},
        {"training", earlier_.training},
        {"plugins",
         {{{"kind", "method"}, {"name", "m"}, {"file", "/elsewhere.so"}, {"sha256", "aa"}}}}};
    Journal journal(earlier_.directory / "journal.jsonl");
    journal.write("started", kStarted);
    journal.write("warning", {{"message", "of the data"}});
    Stages stages(earlier_, journal, kStarted);
    journal.write("plan");
    journal.metric(1, 1, {{"loss", 2}});
    journal.write("collapse_watch", {{"rank", 7}});
    stages.finish("pretrain", "weights.safetensors", *layer(1), {{"images_per_second", 5}});
    journal.write("result", {{"metric", "knn_top1"}});
    journal.metric(1, 1, {{"finetune_1pct_loss", 3}});
    stages.finish("finetune_1pct", "finetune_1pct.safetensors", *layer(2), json::object());
    journal.metric(1, 1, {{"distil_1pct_loss", 4}});
  }

  std::vector<json> lines() const {
    std::ifstream in(request_.directory / "journal.jsonl");
    std::vector<json> out;
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
    return out;
  }

  /// The one warning of a new run that does not take the earlier one up.
  std::string warning(const json& started = kStarted) {
    Journal journal(request_.directory / "journal.jsonl");
    Stages stages(request_, journal, started);
    EXPECT_FALSE(stages.restore("pretrain", *layer(0)));
    EXPECT_EQ(lines().size(), 1U);
    EXPECT_EQ(lines().at(0).at("event"), "warning");
    return lines().at(0).at("message");
  }

  fs::path folder_;
  TrialRequest earlier_;
  TrialRequest request_;
};

TEST_F(StagesTest, AFinishedStageIsTakenOverWithItsMetrics) {
  Journal journal(request_.directory / "journal.jsonl");
  Stages stages(request_, journal, kStarted);
  torch::nn::Linear module = layer(0);
  EXPECT_EQ(stages.restore("pretrain", *module)->at("images_per_second"), 5);
  EXPECT_EQ(module->weight[0][0].item<float>(), 1);
  EXPECT_TRUE(stages.restore("finetune_1pct", *module));
  EXPECT_EQ(module->bias[0].item<float>(), 2);
  EXPECT_FALSE(stages.restore("distil_1pct", *module));
  std::vector<std::string> events;
  for (const json& line : lines()) {
    EXPECT_EQ(line.at("line"), events.size());
    events.push_back(line.at("event"));
  }
  EXPECT_EQ(events, (std::vector<std::string>{"resumed", "metric", "collapse_watch", "stage",
                                              "resumed", "metric", "stage"}));
  EXPECT_EQ(lines().at(1).at("values").at("loss"), 2);
  EXPECT_EQ(lines().at(0).at("run"), "earlier");
}

/// So that a run may go on from one that went on from another.
TEST_F(StagesTest, WhatIsTakenOverIsAsTheEarlierRunLeftIt) {
  Journal journal(request_.directory / "journal.jsonl");
  Stages stages(request_, journal, kStarted);
  journal.write("plan");
  stages.restore("pretrain", *layer(0));
  const Stage there = read_stages(earlier_.directory / "journal.jsonl").finished.at(0);
  const Stage here = read_stages(request_.directory / "journal.jsonl").finished.at(0);
  EXPECT_EQ(here.sha256, there.sha256);
  EXPECT_EQ(here.facts, there.facts);
  EXPECT_EQ(here.events.size(), there.events.size());
  EXPECT_EQ(state_digest(read_safetensors(request_.directory / here.file).tensors), here.sha256);
}

/// The stages up to the first that another evaluation would make otherwise.
TEST_F(StagesTest, ARunOfTheSameTrainingIsTakenOverAsFarAsItIsTheSame) {
  request_.config["evaluate"] = {{"knn", {{"k", 7}}}};
  EXPECT_EQ(warning(), "the earlier run earlier is not taken up: it is of another trial or plugin");

  earlier_.training = request_.training = "tt";
  write_earlier();
  for (const bool finetune : {false, true}) {
    fs::remove(request_.directory / "journal.jsonl");
    if (finetune) request_.config["evaluate"]["finetune"] = {{"labels", {0.01}}};
    Journal journal(request_.directory / "journal.jsonl");
    Stages stages(request_, journal, kStarted);
    torch::nn::Linear module = layer(0);
    EXPECT_TRUE(stages.restore("pretrain", *module));
    EXPECT_GE(stages.earlier_seconds(), 0);
    EXPECT_EQ(stages.restore("finetune_1pct", *module).has_value(), !finetune);
  }
}

TEST_F(StagesTest, ATornLineEndsTheJournal) {
  const fs::path journal = earlier_.directory / "journal.jsonl";
  fs::resize_file(journal, fs::file_size(journal) - 3);
  EXPECT_EQ(read_stages(journal).finished.size(), 2U);
  std::ifstream in(journal);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  fs::resize_file(journal, text.find("finetune_1pct.safetensors"));
  EXPECT_EQ(read_stages(journal).finished.size(), 1U);
}

TEST_F(StagesTest, ChangedWeightsAreNotTakenOver) {
  write_safetensors(module_state(*layer(9)), earlier_.directory / "weights.safetensors");
  EXPECT_EQ(warning(), "the earlier run earlier is not taken up: " +
                           (earlier_.directory / "weights.safetensors").string() +
                           " does not hold the weights of its stage pretrain");
}

TEST_F(StagesTest, WeightsThatAreGoneAreNotTakenOver) {
  fs::remove(earlier_.directory / "weights.safetensors");
  const std::string said = warning();
  EXPECT_TRUE(said.starts_with("the earlier run earlier is not taken up: ")) << said;
}

TEST_F(StagesTest, AnotherPluginOrSeedIsNotTakenOver) {
  request_.plugins[0].sha256 = "bb";
  EXPECT_EQ(warning(), "the earlier run earlier is not taken up: it is of another trial or plugin");
}

TEST_F(StagesTest, ARequestThatIsNoneIsNotTakenOver) {
  std::ofstream(earlier_.directory / "request.json") << "{\"run\":\"r\"}";
  const std::string said = warning();
  EXPECT_TRUE(said.starts_with("the earlier run earlier is not taken up: the request")) << said;
}

TEST_F(StagesTest, AnotherMachineIsNotTakenOver) {
  json started = kStarted;
  started["threads"] = 2;
  EXPECT_EQ(warning(started), "the earlier run earlier is not taken up: threads was 1, and is 2");
}

/// What chooses between the last bits does; what only says how much there is does not.
TEST_F(StagesTest, OnlyWhatChangesTheBitsIsAnObstacle) {
  json started = kStarted;
  started["memory_bytes"] = 1;
  started["driver"] = "550.54.15";
  started["environment"] = {{"OMP_NUM_THREADS", "1"}, {"LD_LIBRARY_PATH", "/lib"}};
  EXPECT_EQ(bits_obstacle(started, kStarted), "");
  started["environment"]["MKL_CBWR"] = "AVX2";
  EXPECT_EQ(bits_obstacle(started, kStarted),
            "the environment was {}, and is {\"MKL_CBWR\":\"AVX2\"}");
  started = kStarted;
  started["determinism"] = {{"tf32_cudnn", false}};
  EXPECT_EQ(bits_obstacle(started, kStarted),
            "determinism was null, and is {\"tf32_cudnn\":false}");
}

/// What a run says of this machine is whole, and the same when it is asked again.
TEST(DescribeMachine, SaysWhatDecidesTheBits) {
  const Machine machine;
  const json said = describe_machine(machine);
  EXPECT_EQ(said.at("device_name"), said.at("cpu_name"));
  EXPECT_GT(said.at("memory_bytes"), 1 << 28);
  EXPECT_FALSE(said.contains("device_memory_bytes"));
  EXPECT_EQ(said.at("versions").at("cudnn"), "");
  EXPECT_TRUE(said.at("determinism").at("cudnn_benchmark").is_boolean());
  EXPECT_FALSE(said.at("environment").contains("HOME"));
  EXPECT_EQ(bits_obstacle(said, describe_machine(machine)), "");
}

/// After the first stage that is missing, those that follow it have nothing to stand on.
TEST_F(StagesTest, NothingIsTakenOverOutOfOrder) {
  Journal journal(request_.directory / "journal.jsonl");
  Stages stages(request_, journal, kStarted);
  EXPECT_FALSE(stages.restore("finetune_1pct", *layer(0)));
  EXPECT_FALSE(stages.restore("pretrain", *layer(0)));
}

/// An earlier run that was killed in its distillation, with two checkpoints of it.
class CheckpointStagesTest : public StagesTest {
 protected:
  CheckpointStagesTest() {
    fs::remove(earlier_.directory / "journal.jsonl");
    Journal journal(earlier_.directory / "journal.jsonl");
    journal.write("started", kStarted);
    journal.write("plan");
    for (const int64_t step : {1, 2, 3}) {
      journal.metric(step, 1, {{"loss", step}});
      if (step < 3) leave(step, journal.lines());
    }
  }
  void leave(int64_t step, int64_t lines) const {
    write_snapshot({{{"network.x", torch::zeros({1})}},
                    {{"version", 1},
                     {"run", "earlier"},
                     {"stage", "pretrain"},
                     {"step", step},
                     {"lines", lines},
                     {"seconds", 10. * static_cast<double>(step)}}},
                   file(step));
  }
  fs::path file(int64_t step) const {
    return earlier_.directory / checkpoint_name("pretrain", step);
  }
  /// The step that a new run goes on from; 0: from the start. Its warnings are kept.
  int64_t went_on() {
    fs::remove(request_.directory / "journal.jsonl");
    Journal journal(request_.directory / "journal.jsonl");
    Stages stages(request_, journal, kStarted);
    EXPECT_FALSE(stages.restore("pretrain", *layer(0)));
    const auto checkpoints = stages.checkpoints("pretrain");
    const std::optional<Snapshot> from = checkpoints->earlier();
    if (from) checkpoints->went_on();
    seconds_ = stages.earlier_seconds();
    warnings_.clear();
    for (const json& line : lines()) {
      if (line.at("event") == "warning") warnings_.push_back(line.at("message"));
    }
    return from ? from->facts.at("step").get<int64_t>() : 0;
  }

  std::vector<std::string> warnings_;
  double seconds_ = 0;
};

TEST_F(CheckpointStagesTest, TheNewestIsGoneOnFromWithTheLinesBeforeIt) {
  EXPECT_EQ(went_on(), 2);
  EXPECT_EQ(seconds_, 20);
  ASSERT_EQ(lines().size(), 3U);
  EXPECT_EQ(lines()[0].at("event"), "resumed");
  EXPECT_EQ(lines()[0].at("step"), 2);
  EXPECT_EQ(lines()[0].at("run"), "earlier");
  EXPECT_EQ(lines()[1].at("step"), 1);
  EXPECT_EQ(lines()[2].at("step"), 2);
}

TEST_F(CheckpointStagesTest, ADamagedOneIsToldAndTheOneBeforeItTaken) {
  fs::resize_file(file(2), fs::file_size(file(2)) - 1);
  EXPECT_EQ(went_on(), 1);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_TRUE(warnings_[0].starts_with("a checkpoint is passed over: " + file(2).string()))
      << warnings_[0];
  std::ofstream(file(1), std::ios::app) << "x";
  EXPECT_EQ(went_on(), 0) << "from the last finished stage";
  EXPECT_EQ(warnings_.size(), 2U);
}

TEST_F(CheckpointStagesTest, OneThatIsNotWhatItsNameSaysIsPassedOver) {
  leave(2, 100);
  EXPECT_EQ(went_on(), 1);
  EXPECT_EQ(warnings_.at(0), "a checkpoint is passed over: " + file(2).string() +
                                 " counts 100 lines of its run's journal, which has 5");
  fs::copy_file(file(1), file(2), fs::copy_options::overwrite_existing);
  EXPECT_EQ(went_on(), 1) << "of another step";
  fs::rename(file(1), earlier_.directory / checkpoint_name("finetune_1pct", 1));
  EXPECT_EQ(went_on(), 0);
}

TEST_F(CheckpointStagesTest, NoneIsTakenUpOnAnotherMachineOrOfAnotherStage) {
  Journal journal(request_.directory / "journal.jsonl");
  json started = kStarted;
  started["threads"] = 2;
  EXPECT_FALSE(Stages(request_, journal, started).checkpoints("pretrain")->earlier());
  EXPECT_FALSE(Stages(request_, journal, kStarted).checkpoints("finetune_1pct")->earlier());
}

TEST_F(CheckpointStagesTest, TheyGoWhenTheirStageIsFinished) {
  Journal journal(request_.directory / "journal.jsonl");
  Stages stages(request_, journal, kStarted);
  const fs::path own = request_.directory / checkpoint_name("pretrain", 7);
  const fs::path other = request_.directory / checkpoint_name("finetune_1pct", 7);
  for (const fs::path& one : {own, other}) std::ofstream(one) << "x";
  stages.finish("pretrain", "weights.safetensors", *layer(1), json::object());
  EXPECT_FALSE(fs::exists(own));
  EXPECT_TRUE(fs::exists(other));
  EXPECT_FALSE(fs::exists(file(2)));
  EXPECT_FALSE(fs::exists(file(1)));
}

TEST(StageSeed, DiffersByStageAndSeed) {
  EXPECT_EQ(stage_seed(1, "finetune_1pct"), stage_seed(1, "finetune_1pct"));
  EXPECT_NE(stage_seed(1, "finetune_1pct"), stage_seed(1, "finetune_10pct"));
  EXPECT_NE(stage_seed(1, "finetune_1pct"), stage_seed(2, "finetune_1pct"));
}

}  // namespace
}  // namespace sslx::train
