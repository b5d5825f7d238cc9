#include "host/train/loop.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "host/data/data_error.h"
#include "host/data/left_over.h"
#include "host/train/diagnostics.h"
#include "host/train/gradient_norms.h"
#include "host/train/last_epoch.h"
#include "host/train/optimiser.h"
#include "host/train/step_times.h"

namespace sslx::train {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Scalars of one step, read once so that a GPU is waited for only when they are recorded.
std::map<std::string, double> scalars(const Loss& loss) {
  std::map<std::string, double> out{{"loss", loss.value.item<double>()}};
  for (const auto& [name, value] : loss.diagnostics) out[name] = value.item<double>();
  // Of an InfoNCE this is its bound on the mutual information of the views (CPC, eq. 5;
  // arXiv:1807.03748).
  if (loss.chance) out["loss_below_chance"] = *loss.chance - out["loss"];
  return out;
}

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

int64_t step_size(const json& config) {
  return config.at("batch_size").get<int64_t>() * config.value("accumulate", int64_t{1});
}

/// What one run of the loop carries from step to step.
class Loop {
 public:
  Loop(const LoopParts& parts, const Machine& machine, const json& config, uint64_t seed)
      : parts_(parts),
        machine_(machine),
        epochs_(config.at("epochs").get<int64_t>()),
        step_size_(step_size(config)),
        per_epoch_(steps_per_epoch(config, parts.views.size())),
        total_(epochs_ * per_epoch_),
        optimiser_(config, parts.groups, Schedule(config, per_epoch_, total_)),
        loader_(parts.views, {config.at("batch_size").get<int64_t>(),
                              config.at("drop_last").get<bool>(), seed, epochs_}),
        times_(machine),
        gradients_(parts.method) {
    if (parts.watch != nullptr && parts.watch->can_look()) {
      looks_ = parts.watch->affordable_looks(total_ * step_size_);
    }
  }

  LoopResult run() {
    parts_.method.train();
    const Clock::time_point start = Clock::now();
    LoopResult result;
    for (int64_t step = 0; step < total_ && result.end == LoopEnd::kCompleted; ++step) {
      if (parts_.stop) {
        result.end = LoopEnd::kInterrupted;
        result.message = "stopped by a signal";
        break;
      }
      one_step(step, result);
    }
    const double seconds = seconds_since(start);
    result.images_per_second = seconds > 0 ? static_cast<double>(images_) / seconds : 0;
    if (result.end == LoopEnd::kCompleted) result.collapse = collapse(last_epoch_.means());
    return result;
  }

 private:
  /// The first step of an epoch: the batches that did not fill one more step are passed over.
  void begin_epoch(int64_t epoch) {
    const int64_t before = epoch * (loader_.total_batches() / epochs_);
    for (; taken_ < before; ++taken_) loader_.next();
    if (parts_.check_data) parts_.check_data();
    auto* method = dynamic_cast<BeforeEpoch*>(&parts_.method);
    if (method != nullptr) method->before_epoch(epoch, parts_.features);
  }

  void one_step(int64_t step, LoopResult& result) {
    if (step % per_epoch_ == 0) begin_epoch(step / per_epoch_);
    const bool record = step + 1 == total_ || is_look(step) || is_due();
    times_.begin(record);
    const int64_t images = images_of(step);
    Loss mean;
    for (int64_t done = 0; done < images;) {
      done += one_batch(images, mean);
      if (record || machine_.device.is_cpu()) check(mean, step, result);
      if (result.end != LoopEnd::kCompleted) return;
    }
    if (is_last_epoch(step)) last_epoch_.add(mean.diagnostics, images);
    gradients_.see();
    optimiser_.step(step);
    parts_.method.after_step({step, total_, step / per_epoch_});
    times_.end(StepTimes::kUpdate);
    if (record) write(mean, step);
    if ((step + 1) % per_epoch_ == 0) {
      parts_.journal.metric(step + 1, step / per_epoch_ + 1, gradients_.layers());
    }
  }

  /// Adds the gradient of one of the batches of a step of so many images; how many it has itself.
  int64_t one_batch(int64_t images, Loss& mean) {
    Batch batch = loader_.next();
    ++taken_;
    to_device(batch, machine_);
    times_.end(StepTimes::kData);
    Loss loss;
    {
      const Autocast autocast(machine_.device.type(), machine_.bf16);
      loss = parts_.method.loss(batch);
    }
    times_.end(StepTimes::kForward);
    const int64_t size = batch.indices.size(0);
    const double share = static_cast<double>(size) / static_cast<double>(images);
    (size == images ? loss.value : loss.value * share).backward();
    times_.end(StepTimes::kBackward);
    add(mean, loss, share);
    images_ += size;
    return size;
  }

  /// All but the last of an epoch are of one size.
  int64_t images_of(int64_t step) const {
    return std::min(step_size_, parts_.views.size() - step % per_epoch_ * step_size_);
  }

  static void check(const Loss& loss, int64_t step, LoopResult& result) {
    const double value = loss.value.item<double>();
    if (std::isfinite(value)) return;
    result.end = LoopEnd::kDiverged;
    result.message = "the loss is " + std::to_string(value) + " at step " + std::to_string(step);
  }

  bool is_last_epoch(int64_t step) const { return step >= total_ - per_epoch_; }

  /// Every half second, so that a journal grows with time and not with the speed of the machine.
  bool is_due() {
    if (seconds_since(recorded_) < 0.5) return false;
    recorded_ = Clock::now();
    return true;
  }

  /// The last step of each of as many equal parts of the training as there are looks.
  bool is_look(int64_t step) const { return (step + 1) * looks_ / total_ > step * looks_ / total_; }

  void write(const Loss& loss, int64_t step) {
    last_ = scalars(loss);
    last_["lr"] = optimiser_.rate(step);
    last_.merge(gradients_.ends());
    const double seconds = seconds_since(started_);
    last_["images_per_second"] = seconds > 0 ? static_cast<double>(images_) / seconds : 0;
    if (is_look(step)) look(step);
    if (step + 1 == total_ || is_look(step)) {
      last_.merge(times_.shares());
      if (const int64_t bytes = peak_device_memory_bytes(machine_)) {
        last_["peak_device_memory_bytes"] = static_cast<double>(bytes);
      }
    }
    parts_.journal.metric(step + 1, step / per_epoch_ + 1, last_);
  }

  /// Views that embed() refuses are no reason to end a training that does not need it.
  void look(int64_t step) {
    const Clock::time_point begin = Clock::now();
    try {
      std::map<std::string, double> seen = parts_.watch->look();
      if (is_last_epoch(step)) last_epoch_.add(seen, 1);
      last_.merge(seen);
      look_seconds_ += seconds_since(begin);
      last_["share_looks"] = look_seconds_ / seconds_since(started_);
    } catch (const data::DataError&) {
      throw;
    } catch (const Error& error) {
      looks_ = 0;
      parts_.journal.write(
          "warning", {{"message", fmt::format("alignment, uniformity and effective rank of the "
                                              "features are not recorded: {}",
                                              error.what())}});
    }
  }

  const LoopParts& parts_;
  const Machine& machine_;
  int64_t epochs_;
  int64_t step_size_;  ///< Images of a step.
  int64_t per_epoch_;
  int64_t total_;
  Optimiser optimiser_;
  data::Loader loader_;
  StepTimes times_;
  GradientNorms gradients_;
  int64_t looks_ = 0;  ///< At the features, in the whole training.
  double look_seconds_ = 0;
  int64_t taken_ = 0;                   ///< Batches.
  int64_t images_ = 0;                  ///< That were trained on.
  std::map<std::string, double> last_;  ///< What was recorded last.
  LastEpoch last_epoch_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point recorded_{};
};

}  // namespace

void to_device(Batch& batch, const Machine& machine) {
  for (torch::Tensor& view : batch.views) {
    view = view.to(machine.device, /*non_blocking=*/true);
    if (machine.channels_last) view = view.contiguous(torch::MemoryFormat::ChannelsLast);
  }
  batch.indices = batch.indices.to(machine.device);
  batch.labels = batch.labels.to(machine.device);
}

void check_batch(const json& train_config, int64_t images) {
  if (steps_per_epoch(train_config, images) > 0) {
    data::check_left_over(train_config, images);
    return;
  }
  const int64_t accumulate = train_config.value("accumulate", int64_t{1});
  const std::string also =
      accumulate > 1 ? fmt::format(" and train.accumulate {}, together", accumulate) : ",";
  throw input_error(fmt::format(
      "train.batch_size is {}{} more than the {} training images; it must be at most that many",
      train_config.at("batch_size").dump(), also, images));
}

int64_t steps_per_epoch(const json& train_config, int64_t images) {
  const int64_t size = step_size(train_config);
  return train_config.at("drop_last").get<bool>() ? images / size : (images + size - 1) / size;
}

LoopResult train(const LoopParts& parts, const Machine& machine, const json& train_config,
                 uint64_t seed) {
  return Loop(parts, machine, train_config, seed).run();
}

}  // namespace sslx::train
