#include "host/machine/gpu.h"

#include <dlfcn.h>

#include <array>

namespace sslx::machine {
namespace {

// The driver's interface, as cuda.h and nvml.h declare it; success is 0 in both.
using CuInit = int(unsigned int);
using CuDeviceGet = int(int*, int);
using CuDeviceCount = int(int*);
using CuDeviceText = int(char*, int, int);
using CuDeviceMemory = int(size_t*, int);
using NvmlInit = int();
using NvmlHandle = int(const char*, void**);
using NvmlText = int(char*, unsigned int);
using NvmlEnergy = int(void*, unsigned long long*);

/// Whether the library has the function and it succeeds.
template <typename Function, typename... Arguments>
bool call(void* library, const char* name, Arguments... arguments) {
  if (library == nullptr) return false;
  auto* function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr && function(arguments...) == 0;
}

}  // namespace

int gpu_count(const GpuLibraries& libraries) {
  // Not closed again: the driver's library keeps what it began.
  void* library = dlopen(libraries.cuda.c_str(), RTLD_NOW | RTLD_LOCAL);
  int count = 0;
  const bool said = call<CuInit>(library, "cuInit", 0U) &&
                    call<CuDeviceCount>(library, "cuDeviceGetCount", &count);
  return said ? count : 0;
}

void Gpu::Close::operator()(void* library) const { dlclose(library); }

Gpu::Gpu(int device, const GpuLibraries& libraries)
    : cuda_(dlopen(libraries.cuda.c_str(), RTLD_NOW | RTLD_LOCAL)),
      management_(dlopen(libraries.management.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  ask_cuda(device);
  ask_management();
}

Gpu::~Gpu() {
  if (handle_ != nullptr) call<NvmlInit>(management_.get(), "nvmlShutdown");
}

void Gpu::ask_cuda(int device) {
  void* library = cuda_.get();
  int number = 0;
  if (!call<CuInit>(library, "cuInit", 0U)) return;
  if (!call<CuDeviceGet>(library, "cuDeviceGet", &number, device)) return;
  std::array<char, 256> text{};
  const int room = static_cast<int>(text.size()) - 1;
  if (call<CuDeviceText>(library, "cuDeviceGetName", text.data(), room, number)) {
    name_ = text.data();
  }
  text.fill('\0');
  if (call<CuDeviceText>(library, "cuDeviceGetPCIBusId", text.data(), room, number)) {
    bus_ = text.data();
  }
  size_t bytes = 0;
  if (call<CuDeviceMemory>(library, "cuDeviceTotalMem_v2", &bytes, number)) {
    memory_bytes_ = static_cast<int64_t>(bytes);
  }
}

void Gpu::ask_management() {
  void* library = management_.get();
  if (!call<NvmlInit>(library, "nvmlInit_v2")) return;
  std::array<char, 96> text{};
  const auto room = static_cast<unsigned int>(text.size()) - 1;
  if (call<NvmlText>(library, "nvmlSystemGetDriverVersion", text.data(), room)) {
    driver_ = text.data();
  }
  const bool found = !bus_.empty() && call<NvmlHandle>(library, "nvmlDeviceGetHandleByPciBusId_v2",
                                                       bus_.c_str(), &handle_);
  if (found && handle_ != nullptr) return;
  handle_ = nullptr;
  call<NvmlInit>(library, "nvmlShutdown");
}

std::optional<double> Gpu::joules() const {
  constexpr double kMilli = 1e-3;
  unsigned long long millijoules = 0;
  const bool said = handle_ != nullptr &&
                    call<NvmlEnergy>(management_.get(), "nvmlDeviceGetTotalEnergyConsumption",
                                     handle_, &millijoules);
  return said ? std::optional(kMilli * static_cast<double>(millijoules)) : std::nullopt;
}

}  // namespace sslx::machine
