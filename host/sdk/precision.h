// For losses: full precision where the networks around them run in bf16 (autocast), since a softmax
// at a temperature of 0.04 makes 25 times as much of what bf16 rounds off.
#pragma once

#include <ATen/autocast_mode.h>
#include <sslx/torch_base.h>

namespace sslx {

/// At least float32: bf16 and half have too few digits for a softmax over thousands of logits.
inline torch::Tensor wide(const torch::Tensor& x) {
  return x.scalar_type() == torch::kFloat64 ? x : x.to(torch::kFloat32);
}

/// While it lives, matrix products on this kind of device are not cast to fewer digits.
class FullPrecision {
 public:
  explicit FullPrecision(torch::DeviceType device)
      : device_(device), enabled_(at::autocast::is_autocast_enabled(device)) {
    at::autocast::set_autocast_enabled(device_, false);
  }
  FullPrecision(const FullPrecision&) = delete;
  FullPrecision& operator=(const FullPrecision&) = delete;
  ~FullPrecision() { at::autocast::set_autocast_enabled(device_, enabled_); }

 private:
  torch::DeviceType device_;
  bool enabled_;
};

}  // namespace sslx
