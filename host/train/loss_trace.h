// The loss of every step, float32, in lines of so many steps each: by them the first step at which
// two runs part is found. Kept on the device until a line is full, so that no step waits for a GPU.
// Where a line ends depends on the steps alone: a training that was interrupted has the same lines.
#pragma once

#include <sslx/torch_base.h>

#include <functional>
#include <optional>
#include <string>

#include "host/record/journal.h"

namespace sslx::train {

/// Steps of a line.
inline constexpr int64_t kTracedSteps = 256;

class LossTrace {
 public:
  /// Gets the number of the first of them, counted from 1 as in all of the journal, and the losses.
  using Write = std::function<void(int64_t first, const torch::Tensor& losses)>;

  LossTrace(torch::Device device, Write write);

  /// Of the next step, a scalar.
  void add(const torch::Tensor& loss);
  /// Writes what no line has yet.
  void end();

  /// The same as a tensor, for a checkpoint of a training of `steps` steps, and out of one.
  torch::Tensor pending() const;
  void go_on(int64_t steps, const torch::Tensor& pending);

  /// The step, counted from 0, of the first of them that is not finite.
  std::optional<int64_t> first_not_finite() const;

 private:
  torch::Tensor line_;  ///< [kTracedSteps] on the device.
  int64_t first_ = 1;
  int64_t count_ = 0;
  Write write_;
};

/// A line "losses" of a stage; they are base64 of little-endian float32.
void write_losses(Journal& journal, const std::string& stage, int64_t first,
                  const torch::Tensor& losses);

}  // namespace sslx::train
