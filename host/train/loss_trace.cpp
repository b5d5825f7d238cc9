#include "host/train/loss_trace.h"

#include <bit>
#include <utility>

#include "host/weights/safetensors.h"

namespace sslx::train {

static_assert(std::endian::native == std::endian::little, "the journal's losses are little-endian");

LossTrace::LossTrace(torch::Device device, Write write)
    : line_(torch::zeros({kTracedSteps}, torch::dtype(torch::kFloat32).device(device))),
      write_(std::move(write)) {}

void LossTrace::add(const torch::Tensor& loss) {
  line_.narrow(0, count_++, 1).copy_(loss.detach().view({1}), /*non_blocking=*/true);
  if (count_ == kTracedSteps) end();
}

void LossTrace::end() {
  if (count_ > 0) write_(first_, pending());
  first_ += std::exchange(count_, 0);
}

torch::Tensor LossTrace::pending() const { return copied(line_.narrow(0, 0, count_)); }

void LossTrace::go_on(int64_t steps, const torch::Tensor& pending) {
  count_ = pending.size(0);
  first_ = steps - count_ + 1;
  line_.narrow(0, 0, count_).copy_(pending);
}

std::optional<int64_t> LossTrace::first_not_finite() const {
  const torch::Tensor bad = pending().isfinite().logical_not().nonzero();
  if (bad.size(0) == 0) return std::nullopt;
  return first_ - 1 + bad[0].item<int64_t>();
}

void write_losses(Journal& journal, const std::string& stage, int64_t first,
                  const torch::Tensor& losses) {
  const std::string_view bytes(static_cast<const char*>(losses.const_data_ptr()), losses.nbytes());
  journal.write("losses", {{"stage", stage}, {"first", first}, {"losses", base64(bytes)}});
}

}  // namespace sslx::train
