// Where a trial runs and how: device, threads, precision, memory format. Resolved once from what
// the trial asks for and what the machine has, and recorded.
#pragma once

#include <sslx/torch_base.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "host/machine/gpu.h"
#include "host/train/execution.h"

namespace sslx::train {

struct Machine {
  torch::Device device = torch::kCPU;
  int threads = 1;
  bool bf16 = false;                             ///< Autocast to bfloat16.
  bool channels_last = false;                    ///< Images and convolution weights in NHWC order.
  std::shared_ptr<const machine::Gpu> gpu = {};  ///< What it says of itself; null on the CPU.
};

/// A trial may ask for this device by this name, beside cpu and cuda. For hosts of tests.
void add_device(const std::string& name, torch::Device device);

/// Sets the thread count of this process, loads CUDA when it is asked for, and resolves "auto".
/// Throws Error(kInput) when the trial asks for what this machine has not.
Machine resolve_machine(const Execution& execution, const nlohmann::json& train_config);

/// The fields of the journal's "started" line that describe the machine and the versions.
nlohmann::json describe_machine(const Machine& machine);

/// Why a run on the machine of `here` would not compute the bits of one on that of `there`, both
/// "started" lines; "" when it would. How much memory they have does not matter.
std::string bits_obstacle(const nlohmann::json& here, const nlohmann::json& there);

/// The processor's name as the system has it, or "unknown".
std::string processor_name();

/// Peak resident memory of this process in bytes.
int64_t peak_memory_bytes();

/// The most that tensors have held on the GPU in bytes; 0 without one.
int64_t peak_device_memory_bytes(const Machine& machine);

/// bfloat16 autocast for as long as the object lives; nothing when `on` is false.
class Autocast {
 public:
  Autocast(torch::DeviceType device, bool on);
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;
  ~Autocast();

 private:
  torch::DeviceType device_;
  bool on_;
};

/// Puts the module's convolution weights into channels-last order, in place.
void to_channels_last(torch::nn::Module& module);

}  // namespace sslx::train
