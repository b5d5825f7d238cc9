#include "host/machine/environment.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "host/machine/serving.h"

namespace sslx::machine {
namespace {

using nlohmann::json;
using std::string_view;

constexpr std::array<string_view, 24> kPrefixes{
    "OMP_",    "GOMP_",  "KMP_",     "MKL_",  "OPENBLAS_", "BLIS_",     "ONEDNN_",   "DNNL_",
    "ATEN_",   "TORCH_", "PYTORCH_", "C10_",  "CUDA_",     "CUBLAS_",   "CUBLASLT_", "CUDNN_",
    "NVIDIA_", "NCCL_",  "GLOO_",    "SSLX_", "MALLOC_",   "TCMALLOC_", "JEMALLOC_", "LD_"};
constexpr std::array<string_view, 2> kNames{"GLIBC_TUNABLES", "MALLOC_CONF"};
constexpr std::array<string_view, 5> kSecrets{"TOKEN", "SECRET", "PASSW", "CREDENTIAL", "API_KEY"};

/// Which instructions, kernels, orders of summation and precisions are taken.
constexpr std::array<string_view, 12> kOfBits{
    "ATEN_CPU_CAPABILITY",        "CUBLAS_WORKSPACE_CONFIG", "DNNL_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",           "GLIBC_TUNABLES",          "MKL_CBWR",
    "MKL_DEBUG_CPU_TYPE",         "MKL_ENABLE_INSTRUCTIONS", "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_DEFAULT_FPMATH_MODE", "ONEDNN_MAX_CPU_ISA",      "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"};

bool is_recorded(string_view name) {
  if (name == serving::kMarkName) return false;  // names the run
  const auto begins = [&](string_view prefix) { return name.starts_with(prefix); };
  const auto within = [&](string_view part) { return name.find(part) != string_view::npos; };
  if (std::ranges::any_of(kSecrets, within)) return false;
  return std::ranges::any_of(kPrefixes, begins) || std::ranges::count(kNames, name) > 0;
}

}  // namespace

json recorded_environment(const char* const* environment) {
  json out = json::object();
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const string_view entry(*environment);
    const size_t end = entry.find('=');
    if (end == string_view::npos || !is_recorded(entry.substr(0, end))) continue;
    out[std::string(entry.substr(0, end))] = std::string(entry.substr(end + 1));
  }
  return out;
}

json bits_environment(const json& recorded) {
  json out = json::object();
  if (!recorded.is_object()) return out;
  for (const auto& [name, value] : recorded.items()) {
    if (std::ranges::count(kOfBits, name) > 0) out[name] = value;
  }
  return out;
}

}  // namespace sslx::machine
