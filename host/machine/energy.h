// The energy that the machine's processors, their memory and a GPU have used since the meter was
// made, from counters that the kernel (RAPL) and the driver keep. It is the whole machine's,
// others' work included. Where no counter can be read (no rights, a virtual machine) there is no
// figure.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace sslx::machine {

class EnergyMeter {
 public:
  /// Joules that a GPU has used since its driver was loaded; nothing where it does not say.
  using GpuCounter = std::function<std::optional<double>()>;

  /// `root`: see quota.h.
  explicit EnergyMeter(const std::filesystem::path& root = "/", GpuCounter gpu = {});
  EnergyMeter(const EnergyMeter&) = delete;
  EnergyMeter& operator=(const EnergyMeter&) = delete;
  ~EnergyMeter();

  /// Joules since the meter was made.
  std::optional<double> joules();

 private:
  /// A counter of microjoules that begins anew after `range`: after minutes on a busy machine.
  struct Zone {
    std::filesystem::path file;
    uint64_t range = 0;
    uint64_t last = 0;
    double used = 0;
  };
  void read_zones();
  void watch();

  std::mutex mutex_;
  std::condition_variable ends_;
  bool over_ = false;
  std::vector<Zone> zones_;
  GpuCounter gpu_;
  std::optional<double> gpu_begin_;
  std::thread watcher_;  ///< Sees each turn of the counters; none where there are none.
};

}  // namespace sslx::machine
