// What the training loop keeps to in each of its uses: pretraining, fine-tuning and distillation.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "host/evaluate/borrowed.h"
#include "host/evaluate/distil.h"
#include "host/train/pretraining.h"
#include "host/weights/checkpoint_files.h"
#include "tests/host/evaluate/tiny_method.h"

namespace sslx::evaluate::test {
namespace {

using ::testing::ElementsAre;
using train::LoopEnd;
using train::LoopPlan;

/// Its head has something to learn in the pretraining, too.
class LearningMethod : public TinyMethod {
 public:
  Loss loss(const Batch& batch) override {
    return {(transfer_features(batch.views[0]) - 1).square().mean(), {}};
  }
};

/// A lesson as it is, whose batches are counted; one of them may go wrong.
class Watched : public train::Lesson {
 public:
  explicit Watched(train::Lesson& lesson) : lesson_(lesson) {}

  torch::nn::Module& network() override { return lesson_.network(); }
  std::vector<ParameterGroup> groups() const override { return lesson_.groups(); }
  Loss loss(const Batch& batch) override {
    EXPECT_TRUE(network().is_training());
    batches.push_back(batch.indices);
    Loss out = lesson_.loss(batch);
    const auto number = static_cast<int>(batches.size());
    if (number == diverges_at) out.value = out.value * std::nan("");
    if (number == stops_at) stop = true;
    return out;
  }
  void before_epoch(int64_t epoch) override { lesson_.before_epoch(epoch); }
  void before_update(const Step& step, const Loss& mean, int64_t images) override {
    sizes.push_back(images);
    lesson_.before_update(step, mean, images);
  }
  void after_step(const Step& step) override { lesson_.after_step(step); }
  bool asks_for(int64_t step) const override { return lesson_.asks_for(step); }
  void record(const train::Recorded& step) override { lesson_.record(step); }
  void after_epoch(const Step& last) override { lesson_.after_epoch(last); }
  void trace(int64_t first, const torch::Tensor& losses) override {
    lesson_.trace(first, losses);
    traced.push_back(losses);
  }
  void save(train::Snapshot& out) const override { lesson_.save(out); }
  void load(const train::Snapshot& in) override { lesson_.load(in); }

  std::vector<torch::Tensor> batches;  ///< The places of their images.
  std::vector<int64_t> sizes;          ///< Of the steps.
  std::vector<torch::Tensor> traced;   ///< Losses of steps.
  int diverges_at = -1;                ///< From 1.
  int stops_at = -1;
  std::atomic<bool> stop = false;

 private:
  train::Lesson& lesson_;
};

/// The three lessons, each on networks of its own.
class Uses {
 public:
  explicit Uses(const std::string& name, const LoopPlan& plan) {
    if (name == "pretraining") {
      groups_ = method_->parameter_groups();
      lesson_ = std::make_unique<train::Pretraining>(pretrained_, machine_, plan, images.size());
      return;
    }
    borrowed_.emplace(*method_);
    tuned_ = std::make_shared<FineTuned>(method_, 3, batch.views[0]);
    student_ = std::make_shared<Student>(std::make_shared<TinyBackbone>(), 3);
    if (name == "finetuning") {
      lesson_ = std::make_unique<FineTuning>("tiny", *tuned_, *journal);
    } else {
      lesson_ = std::make_unique<Distillation>("tiny", *student_, *journal, *tuned_,
                                               DistilOptions{2.0, 0.5});
    }
  }
  train::LoopResult run(Watched& watched, const LoopPlan& plan,
                        const std::function<void()>& check = {},
                        train::Checkpoints* checkpoints = nullptr) {
    return train::train(watched, {images, machine_, watched.stop, check, checkpoints}, plan);
  }
  train::Lesson& lesson() { return *lesson_; }

  data::ViewPipeline images = Colours(22).views();
  Batch batch = Colours(22).batch();
  TinyJournal journal;

 private:
  static std::shared_ptr<LearningMethod> learning() {
    torch::manual_seed(5);
    return std::make_shared<LearningMethod>();
  }
  train::Machine machine_;
  std::shared_ptr<LearningMethod> method_ = learning();
  std::vector<ParameterGroup> groups_;
  std::optional<train::Borrowed> borrowed_;
  std::shared_ptr<FineTuned> tuned_;
  std::shared_ptr<Student> student_;
  train::PretrainingParts pretrained_{*method_, groups_, *journal};
  std::unique_ptr<train::Lesson> lesson_;
};

class Lessons : public ::testing::TestWithParam<const char*> {
 protected:
  /// 22 images: steps of 8, 8 and, where that is kept, 6.
  static LoopPlan plan(int64_t epochs, bool drop_last = true) {
    LoopPlan out;
    out.optimiser = sgd_config(0.2);
    out.optimiser["schedule"] = "constant";
    out.epochs = epochs;
    out.batch_size = 4;
    out.accumulate = 2;
    out.drop_last = drop_last;
    out.seed = 1;
    return out;
  }
  static std::vector<torch::Tensor> weights(train::Lesson& lesson) {
    std::vector<torch::Tensor> out;
    for (const auto& parameter : lesson.network().parameters()) {
      out.push_back(parameter.detach().clone());
    }
    return out;
  }
  static void expect_same(const std::vector<torch::Tensor>& a,
                          const std::vector<torch::Tensor>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].equal(b[i])) << i;
  }
  static bool moved(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
    return !std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.equal(y); });
  }
  std::filesystem::path fresh_folder() {
    const std::filesystem::path out = folder_ / std::to_string(folders_++);
    std::filesystem::create_directories(out);
    return out;
  }
  ~Lessons() override { std::filesystem::remove_all(folder_); }

  /// The weights after so many epochs that nothing disturbs.
  std::vector<torch::Tensor> after(int64_t epochs) {
    Uses use(GetParam(), plan(epochs));
    Watched watched(use.lesson());
    EXPECT_EQ(use.run(watched, plan(epochs)).end, LoopEnd::kCompleted);
    return weights(use.lesson());
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / fmt::format("sslx_lessons_{}", ::getpid());
  int folders_ = 0;
};

TEST_P(Lessons, LearnTheSameFromTheSameSeed) {
  Uses untrained(GetParam(), plan(2));
  EXPECT_TRUE(moved(weights(untrained.lesson()), after(2)));
  expect_same(after(2), after(2));
}

/// The sixth batch is the second of the third step, with which the second epoch begins.
TEST_P(Lessons, EndBeforeTheStepOfALossThatIsNoNumber) {
  Uses use(GetParam(), plan(3));
  Watched watched(use.lesson());
  watched.diverges_at = 6;
  const train::LoopResult result = use.run(watched, plan(3));
  EXPECT_EQ(result.end, LoopEnd::kDiverged);
  EXPECT_THAT(result.message, ::testing::StartsWith("the loss is nan at step 2; "));
  expect_same(weights(use.lesson()), after(1));
}

TEST_P(Lessons, EndBeforeTheNextStepWhenTheyAreToldTo) {
  Uses use(GetParam(), plan(3));
  Watched watched(use.lesson());
  watched.stops_at = 3;
  const train::LoopResult result = use.run(watched, plan(3));
  EXPECT_EQ(result.end, LoopEnd::kInterrupted);
  EXPECT_EQ(result.message, "stopped by a signal");
  EXPECT_THAT(watched.sizes, ElementsAre(8, 8)) << "the step that had begun is done";
  expect_same(weights(use.lesson()), after(1));
}

TEST_P(Lessons, LookAtTheDataBeforeEachEpoch) {
  Uses use(GetParam(), plan(3));
  Watched watched(use.lesson());
  int looks = 0;
  const auto check = [&] {
    if (++looks == 2) throw std::runtime_error("the data changed");
  };
  EXPECT_THROW(use.run(watched, plan(3), check), std::runtime_error);
  EXPECT_EQ(watched.batches.size(), 4U);
  expect_same(weights(use.lesson()), after(1));
}

/// An epoch has five batches of 4, and two left-over images or a batch of them.
TEST_P(Lessons, PassOverWhatFillsNoStepOrTakeASmallerOne) {
  for (const bool drop_last : {true, false}) {
    Uses use(GetParam(), plan(2, drop_last));
    Watched watched(use.lesson());
    EXPECT_EQ(use.run(watched, plan(2, drop_last)).end, LoopEnd::kCompleted);
    EXPECT_EQ(watched.sizes, drop_last ? std::vector<int64_t>({8, 8, 8, 8})
                                       : std::vector<int64_t>({8, 8, 6, 8, 8, 6}));
    const size_t half = watched.batches.size() / 2;
    for (const size_t from : {size_t{0}, half}) {
      const std::vector<torch::Tensor> epoch(
          watched.batches.begin() + static_cast<std::ptrdiff_t>(from),
          watched.batches.begin() + static_cast<std::ptrdiff_t>(from + half));
      const torch::Tensor seen = torch::cat(epoch);
      EXPECT_EQ(seen.size(0), drop_last ? 16 : 22);
      EXPECT_EQ(std::get<0>(at::_unique(seen)).size(0), seen.size(0)) << "none twice in an epoch";
    }
  }
}

TEST_P(Lessons, AreRecordedAtTheFirstAndTheLastStep) {
  Uses use(GetParam(), plan(3));
  Watched watched(use.lesson());
  use.run(watched, plan(3));
  std::vector<std::pair<int64_t, int64_t>> steps;
  const std::string loss = GetParam() == std::string("pretraining") ? "loss" : "tiny_loss";
  for (const auto& line : use.journal.metrics()) {
    if (line.at("values").contains(loss)) steps.emplace_back(line.at("step"), line.at("epoch"));
  }
  EXPECT_THAT(steps, ElementsAre(std::pair(1, 1), std::pair(2, 1), std::pair(3, 2), std::pair(4, 2),
                                 std::pair(5, 3), std::pair(6, 3)))
      << "so few steps are all recorded";
}

/// Stopped in the middle of the second epoch, and gone on with in a new process, as it were.
TEST_P(Lessons, GoOnFromACheckpointWithTheSameBits) {
  for (const bool drop_last : {true, false}) {
    Uses whole(GetParam(), plan(3, drop_last));
    Watched undisturbed(whole.lesson());
    whole.run(undisturbed, plan(3, drop_last));

    const std::filesystem::path folder = fresh_folder();
    Uses first(GetParam(), plan(3, drop_last));
    Watched stopped(first.lesson());
    stopped.stops_at = drop_last ? 5 : 7;
    train::Checkpoints kept({folder, "tiny", 1000}, *first.journal);
    EXPECT_EQ(first.run(stopped, plan(3, drop_last), {}, &kept).end, LoopEnd::kInterrupted);
    const auto files = train::checkpoint_files(folder);
    ASSERT_EQ(files.size(), 1U);

    torch::manual_seed(99);
    Uses second(GetParam(), plan(3, drop_last));
    Watched going_on(second.lesson());
    bool repeated = false;
    train::Checkpoints again({fresh_folder(), "tiny", 1000}, *second.journal);
    again.go_on_from(
        {train::read_snapshot(files[0].file), {files[0].file}, [&] { repeated = true; }});
    EXPECT_EQ(second.run(going_on, plan(3, drop_last), {}, &again).end, LoopEnd::kCompleted);
    EXPECT_TRUE(repeated);
    expect_same(weights(second.lesson()), weights(whole.lesson()));
    EXPECT_EQ(stopped.sizes.size() + going_on.sizes.size(), undisturbed.sizes.size());
    ASSERT_EQ(going_on.traced.size(), 1U);
    EXPECT_TRUE(going_on.traced[0].equal(undisturbed.traced.at(0)))
        << "with the losses before the checkpoint, which no line had yet";
  }
}

INSTANTIATE_TEST_SUITE_P(Uses, Lessons,
                         ::testing::Values("pretraining", "finetuning", "distillation"));

TEST(StagePlan, HasWholeBatchesOrOneOfAllImages) {
  const LoopPlan many = stage_plan(sgd_config(0.1), 3, 100, 7);
  EXPECT_EQ(many.batch_size, 30);
  EXPECT_EQ(many.steps_per_epoch(100), 3);
  EXPECT_EQ(many.epochs, 3);
  EXPECT_EQ(many.seed, 7U);
  const LoopPlan few = stage_plan(sgd_config(0.1), 3, 6, 7);
  EXPECT_EQ(few.batch_size, 6);
  EXPECT_EQ(few.steps_per_epoch(6), 1);
  EXPECT_EQ(few.optimiser.at("batch_size"), 30) << "the rate is scaled by what the table says";
}

}  // namespace
}  // namespace sslx::evaluate::test
