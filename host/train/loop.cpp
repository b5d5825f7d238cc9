#include "host/train/loop.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <chrono>
#include <cmath>

#include "host/train/optimiser.h"

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
  return out;
}

/// What one run of the loop carries from step to step.
class Loop {
 public:
  Loop(const LoopParts& parts, const Machine& machine, const json& config, uint64_t seed)
      : parts_(parts),
        machine_(machine),
        epochs_(config.at("epochs").get<int64_t>()),
        batch_size_(config.at("batch_size").get<int64_t>()),
        per_epoch_(steps_per_epoch(config, parts.views.size())),
        total_(epochs_ * per_epoch_),
        optimiser_(config, parts.groups, Schedule(config, per_epoch_, total_)),
        loader_(parts.views, {batch_size_, config.at("drop_last").get<bool>(), seed, epochs_}) {}

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
    return result;
  }

 private:
  void one_step(int64_t step, LoopResult& result) {
    Batch batch = loader_.next();
    images_ += batch.indices.size(0);
    to_device(batch, machine_);
    Loss loss;
    {
      const Autocast autocast(machine_.device.type(), machine_.bf16);
      loss = parts_.method.loss(batch);
    }
    const bool last = step + 1 == total_;
    const bool record = last || is_due();
    if (record || machine_.device.is_cpu()) check(loss, step, result);
    if (result.end != LoopEnd::kCompleted) return;
    loss.value.backward();
    optimiser_.step(step);
    parts_.method.after_step({step, total_, step / per_epoch_});
    if (record) write(loss, step);
  }

  static void check(const Loss& loss, int64_t step, LoopResult& result) {
    const double value = loss.value.item<double>();
    if (std::isfinite(value)) return;
    result.end = LoopEnd::kDiverged;
    result.message = "the loss is " + std::to_string(value) + " at step " + std::to_string(step);
  }

  /// Every half second, so that a journal grows with time and not with the speed of the machine.
  bool is_due() {
    if (seconds_since(recorded_) < 0.5) return false;
    recorded_ = Clock::now();
    return true;
  }

  void write(const Loss& loss, int64_t step) {
    std::map<std::string, double> values = scalars(loss);
    values["lr"] = optimiser_.rate(step);
    const double seconds = seconds_since(started_);
    values["images_per_second"] = seconds > 0 ? static_cast<double>(images_) / seconds : 0;
    parts_.journal.metric(step + 1, step / per_epoch_ + 1, values);
  }

  const LoopParts& parts_;
  const Machine& machine_;
  int64_t epochs_;
  int64_t batch_size_;
  int64_t per_epoch_;
  int64_t total_;
  Optimiser optimiser_;
  data::Loader loader_;
  int64_t images_ = 0;
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
  if (steps_per_epoch(train_config, images) > 0) return;
  throw input_error(
      fmt::format("train.batch_size is {}, more than the {} training images; it must be at most "
                  "that many",
                  train_config.at("batch_size").dump(), images));
}

int64_t steps_per_epoch(const json& train_config, int64_t images) {
  const auto batch = train_config.at("batch_size").get<int64_t>();
  return train_config.at("drop_last").get<bool>() ? images / batch : (images + batch - 1) / batch;
}

LoopResult train(const LoopParts& parts, const Machine& machine, const json& train_config,
                 uint64_t seed) {
  return Loop(parts, machine, train_config, seed).run();
}

}  // namespace sslx::train
