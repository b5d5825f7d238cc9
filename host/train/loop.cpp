#include "host/train/loop.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <optional>

#include "host/data/guarded.h"
#include "host/train/loss_checks.h"
#include "host/train/loss_trace.h"
#include "host/train/not_finite.h"
#include "host/train/numbers.h"
#include "host/train/optimiser.h"
#include "host/train/optimiser_state.h"
#include "host/weights/weights.h"

namespace sslx::train {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

/// Adds what a batch gave to its step's mean; `share` is the batch's part of the step's images.
void add(Loss& step, const Loss& batch, double share) {
  const auto add_to = [share](torch::Tensor& sum, const torch::Tensor& value) {
    const torch::Tensor part = share == 1 ? value.detach() : value.detach() * share;
    sum = sum.defined() ? sum + part : part;
  };
  add_to(step.value, batch.value);
  for (const auto& [name, value] : batch.diagnostics) add_to(step.diagnostics[name], value);
  if (batch.chance) step.chance = step.chance.value_or(0) + *batch.chance * share;
}

/// A plan that knows only how images are cut into batches and steps.
LoopPlan cut(const json& train_config) {
  LoopPlan plan;
  plan.batch_size = train_config.at("batch_size").get<int64_t>();
  plan.accumulate = train_config.value("accumulate", int64_t{1});
  plan.drop_last = train_config.at("drop_last").get<bool>();
  return plan;
}

/// One run of the loop.
class Loop {
 public:
  Loop(Lesson& lesson, const LoopParts& parts, const LoopPlan& plan)
      : lesson_(lesson),
        parts_(parts),
        machine_(parts.machine),
        team_(parts.team != nullptr ? *parts.team : alone_),
        plan_(plan),
        per_epoch_(plan.steps_per_epoch(parts.views.size())),
        total_(plan.epochs * per_epoch_),
        optimiser_(plan.optimiser, lesson.groups(), Schedule(plan.optimiser, per_epoch_, total_)),
        record_every_(recorded_every(total_)),
        times_(machine_),
        trace_(
            machine_.device,
            [this](int64_t first, const torch::Tensor& losses) { lesson_.trace(first, losses); }),
        who_(lesson.who()) {}

  LoopResult run() {
    lesson_.network().train();
    go_on_from_checkpoint();
    team_.begin(lesson_.network(), lesson_.groups());
    const bool within = total_ > 0 && at_.step % per_epoch_ != 0;
    if (!within || !load_images_of(at_.step / per_epoch_)) load_batches(plan_.epochs, {});
    started_ = Clock::now();
    while (goes_on()) {
      one_step();
      if (result_.end != LoopEnd::kCompleted) break;
      ++at_.step;
    }
    machine::begin_step(-1);
    team_.end();
    check_end();
    trace_.end();
    if (parts_.checkpoints != nullptr) parts_.checkpoints->finish();
    result_.images_per_second = images_per_second();
    return result_;
  }

 private:
  bool goes_on() {
    if (at_.step == total_) return false;
    const Signals told = team_.any({parts_.stop, is_checkpoint_due()});
    if (parts_.checkpoints != nullptr && at_.step > begin_ && (told.stop || told.keep)) {
      parts_.checkpoints->keep(snapshot(), at_.step);
    }
    if (told.stop) end(LoopEnd::kInterrupted, "stopped by a signal");
    return !told.stop;
  }

  bool is_checkpoint_due() {
    return parts_.checkpoints != nullptr && at_.step > begin_ &&
           parts_.checkpoints->is_due(at_.step % per_epoch_ == 0);
  }

  /// Those of so many epochs, from the one that is next.
  void load_batches(int64_t epochs, std::vector<int64_t> last_epoch) {
    batches_.emplace(parts_.views,
                     data::LoaderOptions{.batch_size = plan_.batch_size,
                                         .drop_last = plan_.drop_last,
                                         .seed = plan_.seed,
                                         .epochs = epochs,
                                         .first = at_.batches,
                                         .part = team_.rank(),
                                         .parts = team_.size(),
                                         .last_epoch = std::move(last_epoch)},
                     machine_);
    an_epoch_ = batches_->total() / epochs;
  }

  /// Where the lesson says which images the epoch has.
  bool load_images_of(int64_t epoch) {
    std::vector<int64_t> images =
        stage("images_of_epoch", [&] { return lesson_.images_of_epoch(epoch); });
    if (images.empty()) return false;
    load_batches(epoch + 1, std::move(images));
    return true;
  }

  /// All that the next steps depend on. The draws of a batch follow from its number, the rates from
  /// the step's; whether an epoch has begun does, too.
  Snapshot snapshot() const {
    Snapshot out;
    out.put("network.", copied_state(lesson_.network()));
    out.put("optimiser.", optimiser_state(optimiser_.algorithm()));
    put_random_states(out);
    out.tensors["losses"] = trace_.pending();
    out.facts["loop"] = {{"total", total_},      {"step", at_.step},     {"batches", at_.batches},
                         {"images", at_.images}, {"seconds", seconds()}, {"times", times_.all()}};
    lesson_.save(out);
    return out;
  }

  /// Each process draws from a stream of its own, where a layer draws for each image.
  static std::string random_name(int64_t rank) {
    return rank == 0 ? "random." : fmt::format("random.{}.", rank);
  }

  void put_random_states(Snapshot& out) const {
    for (const auto& [name, own] : random_state(machine_.device)) {
      const std::vector<torch::Tensor> all = team_.exchange(own);
      for (size_t rank = 0; rank < all.size(); ++rank) {
        out.tensors[random_name(static_cast<int64_t>(rank)) + name] = all[rank];
      }
    }
  }

  /// Whether every process has found the same one: machines may differ.
  bool all_have(const std::optional<Snapshot>& earlier) {
    const int64_t own = earlier ? earlier->facts.at("loop").at("step").get<int64_t>() : -1;
    return std::ranges::all_of(team_.exchange(torch::tensor(own)), [own](const torch::Tensor& one) {
      return one.item<int64_t>() == own;
    });
  }

  /// What cannot be taken up changes nothing.
  void go_on_from_checkpoint() {
    if (parts_.checkpoints == nullptr) return;
    const std::optional<Snapshot> earlier = parts_.checkpoints->earlier();
    const bool together = all_have(earlier);
    if (!earlier) return;
    try {
      if (!together) throw input_error("another process of the trial would not go on from it");
      const auto total = earlier->facts.at("loop").at("total").get<int64_t>();
      if (total != total_) {
        throw input_error(fmt::format("it is of {} steps, and there are {}", total, total_));
      }
      check_state(lesson_.network(), earlier->under("network."), "it");
      load_optimiser_state(optimiser_.algorithm(), earlier->under("optimiser."));
    } catch (const Error& error) {
      return parts_.checkpoints->did_not(error.what());
    }
    load(*earlier);
    parts_.checkpoints->went_on();
  }

  void load(const Snapshot& in) {
    const json& facts = in.facts.at("loop");
    load_state(lesson_.network(), in.under("network."), "the checkpoint");
    set_random_state(machine_.device, in.under(random_name(team_.rank())));
    lesson_.load(in);
    at_ = {facts.at("step"), facts.at("batches"), facts.at("images")};
    begin_ = at_.step;
    seconds_before_ = facts.at("seconds");
    times_.add(facts.at("times").get<std::array<double, 4>>());
    trace_.go_on(at_.step, in.tensors.at("losses"));
  }

  void end(LoopEnd how, std::string why) {
    result_.end = how;
    result_.message = std::move(why);
  }

  void one_step() {
    const Step step{at_.step, total_, at_.step / per_epoch_};
    machine::begin_step(step.step);
    if (step.step % per_epoch_ == 0) begin_epoch(step.epoch);
    const bool record =
        step.step + 1 == total_ || step.step % record_every_ == 0 || lesson_.asks_for(step.step);
    times_.begin(record);
    const int64_t images = images_of(step.step);
    Loss mean;
    for (int64_t done = 0; done < images;) {
      done += one_batch(images, done, mean);
      if (result_.end != LoopEnd::kCompleted) break;
    }
    trace_.add(mean.value);
    if (result_.end != LoopEnd::kCompleted) return;
    lesson_.before_update(step, mean, images);
    std::map<std::string, double> values;
    if (record) values = read(mean);
    batch_ = {};  // its memory is wanted for others
    if (result_.end != LoopEnd::kCompleted) return;
    team_.average_statistics(lesson_.network());
    stage("update", [&] { optimiser_.step(step.step); });
    stage("after_step", [&] { lesson_.after_step(step); });
    times_.end(StepTimes::kUpdate);
    if (record) {
      lesson_.record(
          {step, mean, std::move(values), optimiser_.rate(step.step), images_per_second(), times_});
    }
    if ((step.step + 1) % per_epoch_ == 0) lesson_.after_epoch(step);
  }

  /// The batches that did not fill one more step of the epoch before are passed over.
  void begin_epoch(int64_t epoch) {
    while (at_.batches < epoch * an_epoch_) next_batch();
    if (parts_.check_data) parts_.check_data();
    stage("before_epoch", [&] { lesson_.before_epoch(epoch); });
    load_images_of(epoch);
  }

  Batch next_batch() {
    const machine::AtWork seen("views", "the making");
    ++at_.batches;
    return batches_->next();
  }

  /// Adds the gradient of one of the batches of a step of so many images, of which so many are
  /// done; how many it has itself, in all processes.
  int64_t one_batch(int64_t images, int64_t done, Loss& mean) {
    batch_ = next_batch();
    const Batch& batch = batch_;
    times_.end(StepTimes::kData);
    const Loss own = loss_of(batch);
    times_.end(StepTimes::kForward);
    const Loss loss = team_.mean(own);
    const int64_t size = batch.indices.size(0) * team_.size();
    const bool is_last = done + size == images;
    const double share = static_cast<double>(size) / static_cast<double>(images);
    add(mean, loss, share);
    if (machine_.device.is_cpu()) check(loss.value.item<double>(), loss);
    if (result_.end != LoopEnd::kCompleted) return size;
    stage("backward", [&] {
      const torch::Tensor part = size == images ? own.value : own.value * share;
      if (is_last) team_.before_backward(part);
      part.backward();
    });
    times_.end(StepTimes::kBackward);
    batches_->send_next();
    if (machine_.device.is_cpu()) batch_ = {};
    at_.images += size;
    return size;
  }

  Loss loss_of(const Batch& batch) {
    const Loss loss = stage("loss", [&] {
      const Autocast autocast(machine_.device.type(), machine_.bf16);
      return lesson_.loss(batch);
    });
    check_loss(loss, who_, at_.step);
    return loss;
  }

  /// Calls a part of what learns, in whose name it throws.
  template <typename Call>
  auto stage(const char* name, Call&& call) -> decltype(call()) {
    return data::at_work(who_, name, at_.step, std::forward<Call>(call));
  }

  /// All but the last of an epoch are of one size.
  int64_t images_of(int64_t step) const {
    return std::min(plan_.step_size(), parts_.views.size() - step % per_epoch_ * plan_.step_size());
  }

  /// The figures of a step that is recorded. All work of the step but the update is on its way: it
  /// is the one time that a GPU is waited for, and when it is seen there that the loss is no
  /// number.
  std::map<std::string, double> read(const Loss& mean) {
    std::map<std::string, torch::Tensor> scalars = lesson_.figures();
    scalars.insert(mean.diagnostics.begin(), mean.diagnostics.end());
    scalars["loss"] = mean.value;
    std::map<std::string, double> out = numbers(scalars);
    if (!machine_.device.is_cpu()) check(out.at("loss"), mean);
    return out;
  }

  void check(double value, const Loss& loss) {
    if (std::isfinite(value)) return;
    // Of a step between those at which a GPU is waited for, no more is known.
    const auto first = trace_.first_not_finite();
    if (first && *first < at_.step) {
      return end(LoopEnd::kDiverged,
                 fmt::format("the loss is {} at step {}, and was not finite from step {} on",
                             figure_text(value), at_.step, *first));
    }
    end(LoopEnd::kDiverged, diverged_by(value, lesson_.network(), batch_, loss, at_.step));
  }

  /// The last update has no loss after it that would show what came of it.
  void check_end() {
    if (result_.end != LoopEnd::kCompleted || at_.step == begin_) return;
    const std::string parameter = parameter_not_finite(lesson_.network());
    if (parameter.empty()) return;
    end(LoopEnd::kDiverged, fmt::format("{} is not finite after the last update, that of step {}",
                                        parameter, at_.step - 1));
  }

  /// With those before the checkpoint that it goes on from.
  double seconds() const {
    return seconds_before_ + std::chrono::duration<double>(Clock::now() - started_).count();
  }

  double images_per_second() const {
    return seconds() > 0 ? static_cast<double>(at_.images) / seconds() : 0;
  }

  /// How far it is: what changes from step to step beside the weights, the optimiser's state and
  /// what the lesson keeps.
  struct Progress {
    int64_t step = 0;
    int64_t batches = 0;  ///< That were taken.
    int64_t images = 0;   ///< That were trained on.
  };

  Lesson& lesson_;
  const LoopParts& parts_;
  const Machine& machine_;
  Team alone_;
  Team& team_;
  const LoopPlan& plan_;
  int64_t per_epoch_;
  int64_t total_;
  Optimiser optimiser_;
  int64_t record_every_;
  std::optional<DeviceBatches> batches_;  ///< From where the training begins.
  int64_t an_epoch_ = 0;                  ///< Batches.
  Batch batch_;                           ///< The last one.
  StepTimes times_;
  LossTrace trace_;
  std::string who_;
  Progress at_;
  int64_t begin_ = 0;  ///< The first step of this run.
  double seconds_before_ = 0;
  LoopResult result_;
  Clock::time_point started_;
};

}  // namespace

int64_t LoopPlan::steps_per_epoch(int64_t images) const {
  return drop_last ? images / step_size() : (images + step_size() - 1) / step_size();
}

LoopPlan training_plan(const json& train_config, uint64_t seed) {
  LoopPlan plan = cut(train_config);
  plan.optimiser = train_config;
  plan.epochs = train_config.at("epochs").get<int64_t>();
  plan.seed = seed;
  return plan;
}

int64_t recorded_every(int64_t total_steps) {
  return std::clamp<int64_t>(total_steps / 200, 1, 50);
}

LoopResult train(Lesson& lesson, const LoopParts& parts, const LoopPlan& plan) {
  return Loop(lesson, parts, plan).run();
}

}  // namespace sslx::train
