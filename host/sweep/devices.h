// Where trials can be asked to run, and the devices that a sweep's trials are dealt to. A trial
// sees its own alone: the host is told which with CUDA_VISIBLE_DEVICES.
#pragma once

#include <string>
#include <vector>

#include "host/machine/gpu.h"
#include "host/sweep/sweep_file.h"

namespace sslx::sweep {

/// auto, cpu and cuda, and the one that SSLX_TEST_DEVICE names, for a host of tests that has it.
std::vector<std::string> device_names();

struct TrialDevice {
  std::string kind = "auto";  ///< As --device has it.
  std::string visible = "";   ///< CUDA_VISIBLE_DEVICES of its trials; "": as it is.
  std::string name = "";      ///< "cuda:1", for messages.
};

/// The devices of `run.devices`: "all" of those that CUDA counts, or "cuda:0,cuda:2", each by its
/// place among them, which CUDA_VISIBLE_DEVICES of this process limits. With none asked for, the
/// one that `run.device` is. Throws Error(kInput).
std::vector<TrialDevice> trial_devices(const RunOptions& run,
                                       const machine::GpuLibraries& libraries = {});

/// Whether devices are asked for, and in words that can be: a sentence of what is wrong, or "".
std::string devices_fault(const std::string& devices);

}  // namespace sslx::sweep
