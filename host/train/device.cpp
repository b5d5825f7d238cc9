#include "host/train/device.h"

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sslx/error.h>
#include <sslx/plugin.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <map>

#include "host/machine/cores.h"
#include "host/machine/environment.h"
#include "host/machine/host_name.h"
#include "host/machine/memory.h"

#if defined(__OPTIMIZE__)
#define SSLX_HOW_OPTIMISED ""
#else
#define SSLX_HOW_OPTIMISED ", without optimisation"
#endif

namespace sslx::train {
namespace {

/// CUDA registers itself with torch when its library is loaded; nothing links to it, so that one
/// build serves machines with and without a GPU.
bool load_cuda(std::string& reason) {
  // Read when CUDA begins: with workspaces of their own cuBLAS's sums have one order.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  if (::dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    reason = ::dlerror();
    return false;
  }
  if (torch::cuda::is_available()) return true;
  reason = "no CUDA device answers";
  return false;
}

/// A machine without the driver's device file has no use for a 450 MB library.
bool has_driver() { return ::access("/dev/nvidiactl", F_OK) == 0; }

std::map<std::string, torch::Device>& further_devices() {
  static std::map<std::string, torch::Device> all;
  return all;
}

std::string name_of(torch::Device device) {
  for (const auto& [name, one] : further_devices()) {
    if (one.type() == device.type()) return name;
  }
  return device.is_cuda() ? "cuda" : "cpu";
}

torch::Device choose_device(const std::string& wanted, const std::string& visible) {
  if (wanted == "cpu") return torch::kCPU;
  if (!visible.empty()) ::setenv("CUDA_VISIBLE_DEVICES", visible.c_str(), 1);
  if (const auto found = further_devices().find(wanted); found != further_devices().end()) {
    return found->second;
  }
  if (wanted != "auto" && wanted != "cuda") {
    throw input_error(fmt::format("device '{}' is unknown; it must be auto, cpu or cuda", wanted));
  }
  std::string reason = "this machine has no NVIDIA device";
  if (has_driver() && load_cuda(reason)) return torch::Device(torch::kCUDA, 0);
  if (wanted == "auto") return torch::kCPU;
  throw input_error(fmt::format("device 'cuda' cannot be used: {}", reason),
                    "Use --device cpu, or install the CUDA libraries that LibTorch needs.");
}

bool has_bf16(torch::Device device) {
  if (device.is_cuda()) return at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;  // Arm's bf16 is left to precision = "bf16": it could not be measured.
#endif
}

/// The tensors of a step are freed and made again at the next. Memory that went back to the system
/// in between would come back page by page, zeroed: a tenth of a step and more of a small network.
void keep_freed_memory() {
#ifdef __GLIBC__
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

/// The switches between ways of computing the same thing, as they stand.
nlohmann::json determinism() {
  const at::Context& context = at::globalContext();
  const auto allowed = [](at::CuBLASReductionOption option) {
    return option == at::CuBLASReductionOption::AllowReducedPrecisionWithSplitK;
  };
  return {{"deterministic_algorithms", context.deterministicAlgorithms()},
          {"warn_only", context.deterministicAlgorithmsWarnOnly()},
          {"fill_uninitialized_memory", context.deterministicFillUninitializedMemory()},
          {"cudnn_benchmark", context.benchmarkCuDNN()},
          {"cudnn_deterministic", context.deterministicCuDNN()},
          {"mkldnn_deterministic", context.deterministicMkldnn()},
          {"tf32_cudnn", context.allowTF32CuDNN()},
          {"tf32_cublas", context.allowTF32CuBLAS()},
          {"fp16_reduction", allowed(context.allowFP16ReductionCuBLAS())},
          {"bf16_reduction", allowed(context.allowBF16ReductionCuBLAS())},
          {"fp16_accumulation", context.allowFP16AccumulationCuBLAS()},
          {"cpu_capability", at::get_cpu_capability()}};
}

nlohmann::json versions_of(const Machine& machine) {
  nlohmann::json out{{"sslx", SSLX_VERSION},
                     {"libtorch", TORCH_VERSION},
                     {"cuda", ""},
                     {"cudnn", ""},
                     {"compiler", "gcc " __VERSION__ SSLX_HOW_OPTIMISED},
                     {"abi", SSLX_COMPILER_ABI}};
  if (!machine.device.is_cuda()) return out;
  const auto& hooks = at::detail::getCUDAHooks();
  out["cuda"] = fmt::format("{}", hooks.versionCUDART());
  if (hooks.hasCuDNN()) out["cudnn"] = fmt::format("{}", hooks.versionCuDNN());
  return out;
}

/// A number, or null where it is not known.
nlohmann::json known(const std::optional<int64_t>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace

void add_device(const std::string& name, torch::Device device) {
  further_devices().insert_or_assign(name, device);
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

Machine resolve_machine(const Execution& execution, const nlohmann::json& train_config) {
  keep_freed_memory();
  Machine out;
  out.threads = execution.threads > 0 ? execution.threads : machine::usual_threads();
  machine::set_usual_threads(out.threads);  // of what decodes images, too
  at::set_num_threads(out.threads);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  at::globalContext().setBenchmarkCuDNN(false);
  out.device = choose_device(execution.device, execution.visible);
  if (out.device.is_cuda()) out.gpu = std::make_shared<machine::Gpu>(out.device.index());
  const auto precision = train_config.at("precision").get<std::string>();
  const auto layout = train_config.at("channels_last").get<std::string>();
  const bool hardware = has_bf16(out.device);
  out.bf16 = precision == "bf16" || (precision == "auto" && hardware);
  out.channels_last = layout == "on" || (layout == "auto" && (hardware || out.device.is_cuda()));
  return out;
}

nlohmann::json describe_machine(const Machine& machine) {
  const std::string processor = processor_name();
  nlohmann::json out{{"host", machine::host_name()},
                     {"device", name_of(machine.device)},
                     {"device_name", processor},
                     {"cpu_name", processor},
                     {"memory_bytes", known(machine::memory_bytes())},
                     {"threads", machine.threads},
                     {"precision", machine.bf16 ? "bf16" : "fp32"},
                     {"channels_last", machine.channels_last},
                     {"versions", versions_of(machine)},
                     {"determinism", determinism()},
                     {"environment", machine::recorded_environment(environ)},
                     {"pid", ::getpid()}};
  if (machine.gpu == nullptr) return out;
  out["device_name"] = machine.gpu->name().empty() ? "unknown" : machine.gpu->name();
  out["device_memory_bytes"] = known(machine.gpu->memory_bytes());
  out["driver"] = machine.gpu->driver();
  return out;
}

std::string bits_obstacle(const nlohmann::json& here, const nlohmann::json& there) {
  using nlohmann::json;
  const auto differing = [](const std::string& what, const json& was, const json& is) {
    return fmt::format("{} was {}, and is {}", what, was.dump(), is.dump());
  };
  for (const char* key : {"device", "device_name", "cpu_name", "threads", "precision",
                          "channels_last", "versions", "determinism"}) {
    const json is = here.value(key, json());
    const json was = there.value(key, json());
    if (is != was) return differing(key, was, is);
  }
  const json is = machine::bits_environment(here.value("environment", json()));
  const json was = machine::bits_environment(there.value("environment", json()));
  return is == was ? "" : differing("the environment", was, is);
}

int64_t peak_memory_bytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

int64_t peak_device_memory_bytes(const Machine& machine) {
  if (!machine.device.is_cuda()) return 0;
  const auto stats = c10::getDeviceAllocator(machine.device.type())
                         ->getDeviceStats(std::max<c10::DeviceIndex>(0, machine.device.index()));
  return stats.allocated_bytes[static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE)]
      .peak;
}

Autocast::Autocast(torch::DeviceType device, bool on) : device_(device), on_(on) {
  if (!on_) return;
  at::autocast::increment_nesting();
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
}

Autocast::~Autocast() {
  if (!on_) return;
  at::autocast::set_autocast_enabled(device_, false);
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
}

void to_channels_last(torch::nn::Module& module) {
  for (torch::Tensor& parameter : module.parameters()) {
    if (parameter.dim() == 4) {
      parameter.set_data(parameter.detach().contiguous(torch::MemoryFormat::ChannelsLast));
    }
  }
}

}  // namespace sslx::train
