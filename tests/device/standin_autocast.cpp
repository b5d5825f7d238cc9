// Autocast on the stand-in device, by the lists that torch has for CUDA.
#include <ATen/ATen.h>
#include <ATen/Operators.h>
#include <ATen/autocast_mode.h>
#include <torch/library.h>

namespace {
using at::Dimname;
using at::DimnameList;
using at::Tensor;
using c10::IntArrayRef;
using c10::Scalar;
using c10::ScalarType;

#define STANDIN_LOWER(...) KERNEL(c10::DeviceType::HPU, __VA_ARGS__, lower_precision_fp)
#define STANDIN_FP32(...) KERNEL(c10::DeviceType::HPU, __VA_ARGS__, fp32)
#define STANDIN_FP32_DTYPE(...) KERNEL(c10::DeviceType::HPU, __VA_ARGS__, fp32_set_opt_dtype)
#define STANDIN_PROMOTE(...) KERNEL(c10::DeviceType::HPU, __VA_ARGS__, promote)

TORCH_LIBRARY_IMPL(_, AutocastHPU, m) { m.fallback(torch::CppFunction::makeFallthrough()); }

TORCH_LIBRARY_IMPL(aten, AutocastHPU, m) {
  AT_FORALL_LOWER_PRECISION_FP(STANDIN_LOWER)
  AT_FORALL_FP32(STANDIN_FP32)
  AT_FORALL_FP32_SET_OPT_DTYPE(STANDIN_FP32_DTYPE)
  AT_FORALL_PROMOTE(STANDIN_PROMOTE)
}

}  // namespace
