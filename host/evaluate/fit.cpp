#include "host/evaluate/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "host/train/optimiser.h"

namespace sslx::evaluate {

using train::LoopEnd;

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kNoteEvery{1};

}  // namespace

train::LoopResult fit(const FitParts& parts, const nlohmann::json& config, int64_t epochs,
                      uint64_t seed) {
  const int64_t batch_size = std::min(config.at("batch_size").get<int64_t>(), parts.views.size());
  data::Loader loader(parts.views, {batch_size, /*drop_last=*/true, seed, epochs});
  const int64_t total = loader.total_batches();
  const int64_t per_epoch = total / epochs;
  train::Optimiser optimiser(config, {{parts.parameters}},
                             train::Schedule(config, per_epoch, total));
  train::LoopResult result;
  Clock::time_point noted{};
  for (int64_t step = 0; step < total; ++step) {
    if (parts.stop) {
      result.end = LoopEnd::kInterrupted;
      result.message = "stopped by a signal";
      return result;
    }
    Batch batch = loader.next();
    train::to_device(batch, parts.machine);
    torch::Tensor loss;
    {
      const train::Autocast autocast(parts.machine.device.type(), parts.machine.bf16);
      loss = parts.loss(batch);
    }
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      result.end = LoopEnd::kDiverged;
      result.message = fmt::format("the loss is {} at step {}", value, step);
      return result;
    }
    loss.backward();
    optimiser.step(step);
    if (step + 1 < total && Clock::now() - noted < kNoteEvery) continue;
    noted = Clock::now();
    parts.note(step + 1, step / per_epoch + 1, value);
  }
  return result;
}

}  // namespace sslx::evaluate
