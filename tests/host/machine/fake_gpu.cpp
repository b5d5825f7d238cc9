// Both of the driver's libraries in one, for gpu_test.cpp: the functions that host/machine/gpu.cpp
// asks for, with the signatures of cuda.h and nvml.h.
#include <cstdio>
#include <cstring>

namespace {

constexpr int kFailed = 1;
const char* const kBus = "00000000:41:00.0";
bool management_began = false;
int handle = 0;

int put(char* text, size_t room, const char* what) {
  return std::snprintf(text, room, "%s", what) < static_cast<int>(room) ? 0 : kFailed;
}

}  // namespace

extern "C" {

[[gnu::visibility("default")]] int cuInit(unsigned int flags) { return flags == 0 ? 0 : kFailed; }

[[gnu::visibility("default")]] int cuDeviceGet(int* device, int ordinal) {
  *device = 10 + ordinal;
  return ordinal < 2 ? 0 : kFailed;
}

[[gnu::visibility("default")]] int cuDeviceGetCount(int* count) {
  *count = 2;
  return 0;
}

[[gnu::visibility("default")]] int cuDeviceGetName(char* name, int room, int device) {
  return put(name, static_cast<size_t>(room), device == 11 ? "NVIDIA Pretended 9000" : "another");
}

[[gnu::visibility("default")]] int cuDeviceGetPCIBusId(char* bus, int room, int device) {
  return put(bus, static_cast<size_t>(room), device == 11 ? kBus : "00000000:01:00.0");
}

[[gnu::visibility("default")]] int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  *bytes = size_t{80} << 30;
  return device == 11 ? 0 : kFailed;
}

[[gnu::visibility("default")]] int nvmlInit_v2() {
  management_began = true;
  return 0;
}

[[gnu::visibility("default")]] int nvmlShutdown() {
  management_began = false;
  return 0;
}

[[gnu::visibility("default")]] int nvmlSystemGetDriverVersion(char* text, unsigned int room) {
  return management_began ? put(text, room, "550.54.15") : kFailed;
}

[[gnu::visibility("default")]] int nvmlDeviceGetHandleByPciBusId_v2(const char* bus, void** out) {
  if (!management_began || std::strcmp(bus, kBus) != 0) return kFailed;
  *out = &handle;
  return 0;
}

[[gnu::visibility("default")]] int nvmlDeviceGetTotalEnergyConsumption(void* device,
                                                                       unsigned long long* energy) {
  if (!management_began || device != &handle) return kFailed;
  *energy = 1'234'500;
  return 0;
}
}
