// What an NVIDIA GPU says of itself: its name, memory, driver, and the energy that it has used. The
// driver's own libraries are asked, which are looked for when they are needed: nothing links to
// them. What they do not say is empty; nothing here throws.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sslx::machine {

struct GpuLibraries {
  std::string cuda = "libcuda.so.1";
  std::string management = "libnvidia-ml.so.1";
};

/// How many devices CUDA counts; 0 without a driver.
int gpu_count(const GpuLibraries& libraries = {});

class Gpu {
 public:
  /// The device that CUDA counts so, which is not the driver's count where CUDA_VISIBLE_DEVICES is
  /// set: the one is found from the other by its place on the bus.
  explicit Gpu(int device, const GpuLibraries& libraries = {});
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;
  ~Gpu();

  const std::string& name() const { return name_; }
  const std::string& driver() const { return driver_; }
  std::optional<int64_t> memory_bytes() const { return memory_bytes_; }
  /// Joules since the driver was loaded.
  std::optional<double> joules() const;

 private:
  struct Close {
    void operator()(void* library) const;
  };
  using Library = std::unique_ptr<void, Close>;
  void ask_cuda(int device);
  void ask_management();

  Library cuda_;
  Library management_;
  void* handle_ = nullptr;  ///< The device's, of the management library.
  std::string bus_;
  std::string name_;
  std::string driver_;
  std::optional<int64_t> memory_bytes_;
};

}  // namespace sslx::machine
