// A training that is stopped anywhere and gone on with has the weights, records and losses of one
// that never was; and what cannot be kept does not stop it.
#include "host/train/checkpoints.h"

#include <gmock/gmock.h>
#include <sslx/error.h>

#include "host/weights/checkpoint_files.h"
#include "tests/host/train/loop_fixture.h"

namespace {

using namespace sslx::train;
using nlohmann::json;
using sslx::test::Linear;
using sslx::test::LoopTest;
using sslx::test::weight_of;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class CheckpointsTest : public LoopTest {
 protected:
  CheckpointsTest() { fs::create_directories(folder_); }
  ~CheckpointsTest() override { fs::remove_all(folder_); }

  /// Of the next run; `from` is the file to go on from, or empty.
  void keep(double seconds, const fs::path& from = {}, std::vector<json> before = {}) {
    with_checkpoints_ = [=, this](Journal& journal, LoopParts& loop) {
      checkpoints_.emplace(CheckpointPlace{folder_, "pretrain", seconds}, journal);
      loop.checkpoints = &*checkpoints_;
      if (from.empty()) return;
      checkpoints_->go_on_from({read_snapshot(from), {from}, [&journal, before] {
                                  for (const json& line : before) {
                                    journal.write(line.at("event"), line);
                                  }
                                }});
    };
  }

  /// All lines without what is time.
  std::vector<json> bits() const {
    std::vector<json> out;
    for (const char* event : {"metric", "losses", "warning"}) {
      for (json line : lines(event)) {
        for (const char* key : {"time", "line"}) line.erase(key);
        for (const char* key : {"images_per_second", "share_data", "share_forward", "share_looks",
                                "share_backward", "share_update"}) {
          if (line.contains("values")) line["values"].erase(key);
        }
        out.push_back(std::move(line));
      }
    }
    return out;
  }

  std::vector<json> first_lines(int64_t count) const {
    std::vector<json> out;
    for (const char* event : {"metric", "losses", "warning"}) {
      for (json& line : lines(event)) {
        if (line.at("line") < count) out.push_back(std::move(line));
      }
    }
    std::ranges::sort(out, {}, [](const json& line) { return line.at("line").get<int64_t>(); });
    return out;
  }

  /// Stops after each of the losses in turn, and goes on.
  void expect_same_bits(const json& changes, const std::vector<int>& stops, bool watched = false) {
    with_checkpoints_ = {};
    const auto whole = std::make_shared<Linear>();
    ASSERT_EQ(run(whole, changes, watched).end, LoopEnd::kCompleted);
    const std::vector<json> expected = bits();
    fs::path from;
    std::vector<json> before;
    for (const int stop : stops) {
      const auto parts = std::make_shared<Linear>();
      parts->stop_at = stop;
      keep(1000, from, before);
      ASSERT_EQ(run(parts, changes, watched).end, LoopEnd::kInterrupted);
      from = checkpoint_files(folder_).at(0).file;
      before = first_lines(read_snapshot(from).facts.at("lines"));
    }
    const auto last = std::make_shared<Linear>();
    keep(1000, from, before);
    const LoopResult result = run(last, changes, watched);
    ASSERT_EQ(result.end, LoopEnd::kCompleted);
    EXPECT_TRUE(weight_of(*last).equal(weight_of(*whole)));
    EXPECT_EQ(bits(), expected);
    EXPECT_LT(last->losses, whole->losses) << "nothing was gone on from";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("sslx_checkpoints_{}", ::getpid());
  std::optional<Checkpoints> checkpoints_;
};

TEST_F(CheckpointsTest, ATrainingGoesOnWithTheSameBits) {
  images_ = 44;
  const json adam{{"optimizer", "adam"}, {"betas", {0.9, 0.999}}};
  for (const json& optimiser : {json::object(), adam}) {
    for (int stop = 1; stop < 9; ++stop) {
      json changes{{"drop_last", false}};
      changes.update(optimiser);
      expect_same_bits(changes, {stop});
    }
  }
}

TEST_F(CheckpointsTest, SoDoesOneOfAccumulatedBatchesAndOneThatIsLookedAt) {
  const json parts{{"batch_size", 8}, {"accumulate", 2}, {"epochs", 40}};
  expect_same_bits(parts, {7, 60, 21});
  expect_same_bits({{"epochs", 400}}, {150, 151, 201}, /*watched=*/true);
}

TEST_F(CheckpointsTest, ACollapseIsSeenByStepsBeforeTheCheckpointToo) {
  const auto train = [&](int stop, const fs::path& from) {
    const auto method = std::make_shared<Linear>();
    method->deviations =
        from.empty() ? std::vector<double>{1, 1, 1, 1, 0.01, 0.02} : std::vector<double>{0.02};
    method->stop_at = stop;
    keep(1000, from);
    return run(method, {});
  };
  const std::string whole = train(-1, {}).collapse;
  EXPECT_EQ(whole, "output_deviation is 0.015 over the last epoch, below 0.05");
  EXPECT_EQ(train(5, {}).end, LoopEnd::kInterrupted);
  EXPECT_EQ(train(-1, checkpoint_files(folder_).at(0).file).collapse, whole);
}

/// Does not train on before the last checkpoint is on the disk, however slow that is.
class Patient : public Linear {
 public:
  explicit Patient(std::optional<Checkpoints>& checkpoints) : checkpoints_(checkpoints) {}
  sslx::Loss loss(const sslx::Batch& batch) override {
    checkpoints_->finish();
    return Linear::loss(batch);
  }

 private:
  std::optional<Checkpoints>& checkpoints_;
};

TEST_F(CheckpointsTest, AreTwoAtMostAndTheNewestIsWhole) {
  keep(1e-9);
  const auto method = std::make_shared<Patient>(checkpoints_);
  EXPECT_EQ(run(method, {{"epochs", 6}}).end, LoopEnd::kCompleted);
  const std::vector<CheckpointFile> files = checkpoint_files(folder_);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at(0).step, method->losses - 1) << "after the last step there is none";
  EXPECT_EQ(files.at(1).step, method->losses - 2);
  for (const CheckpointFile& one : files) {
    const Snapshot read = read_snapshot(one.file);
    EXPECT_EQ(read.facts.at("step"), one.step);
    EXPECT_EQ(read.facts.at("stage"), "pretrain");
    EXPECT_EQ(read.facts.at("run"), folder_.filename().string());
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2) << "and nothing else";
}

TEST_F(CheckpointsTest, ThereAreNoneWhenNoneAreAskedFor) {
  const auto method = std::make_shared<Linear>();
  method->stop_at = 3;
  keep(0);
  EXPECT_EQ(run(method, {}).end, LoopEnd::kInterrupted);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(CheckpointsTest, OneThatCannotBeWrittenIsAWarningAndTheTrainingGoesOn) {
  const auto whole = std::make_shared<Linear>();
  run(whole, {{"epochs", 30}});
  fs::create_directories(folder_ / "gone");
  const fs::path there = std::exchange(folder_, folder_ / "gone");
  keep(1e-9);
  fs::remove(folder_);
  const auto method = std::make_shared<Linear>();
  EXPECT_EQ(run(method, {{"epochs", 30}}).end, LoopEnd::kCompleted);
  folder_ = there;
  EXPECT_TRUE(weight_of(*method).equal(weight_of(*whole)));
  ASSERT_EQ(lines("warning").size(), 1U) << "once";
  const auto message = lines("warning")[0].at("message").get<std::string>();
  EXPECT_THAT(message, HasSubstr("the checkpoint of step "));
  EXPECT_THAT(message, HasSubstr("is not kept: "));
}

TEST_F(CheckpointsTest, OneOfAnotherTrainingIsNotTakenUp) {
  const auto stopped = std::make_shared<Linear>();
  stopped->stop_at = 3;
  keep(1000);
  run(stopped, {});
  const fs::path from = checkpoint_files(folder_).at(0).file;
  const auto expect_fresh = [&](int64_t width, const json& changes, const std::string& why) {
    with_checkpoints_ = {};
    const auto whole = std::make_shared<Linear>(width);
    run(whole, changes);
    const auto method = std::make_shared<Linear>(width);
    keep(1000, from, {{{"event", "warning"}, {"message", "repeated"}}});
    EXPECT_EQ(run(method, changes).end, LoopEnd::kCompleted);
    EXPECT_TRUE(weight_of(*method).equal(weight_of(*whole)));
    ASSERT_EQ(lines("warning").size(), 1U);
    EXPECT_THAT(lines("warning")[0].at("message").get<std::string>(), HasSubstr(why));
  };
  expect_fresh(5, {{"epochs", 4}}, "not taken up: it is of 6 steps, and there are 8");
  expect_fresh(4, {}, "not taken up: it: 'weight' is [12, 5]; it must be [12, 4]");
  expect_fresh(5, {{"optimizer", "adam"}, {"betas", {0.9, 0.99}}},
               "not taken up: the optimiser has no place for '0.momentum_buffer'");
}

}  // namespace
