// The operations of the stand-in device. What makes, copies and views tensors is written here;
// everything else falls back to the processor's kernels, once it is seen that a GPU would do it at
// all.
#include <ATen/EmptyTensor.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/view_native.h>
#include <torch/library.h>

#include <cstring>
#include <utility>

#include "tests/device/standin_memory.h"
#include "tests/device/standin_streams.h"
#include "tests/device/synchronisations.h"

namespace sslx::standin {
namespace {

/// While an operation falls back its tensors are copied to the processor, for which nobody waits.
thread_local bool falls_back = false;

bool is_here(const at::Tensor& tensor) { return tensor.device().type() == kType; }

at::Tensor empty(c10::IntArrayRef size, std::optional<at::ScalarType> type,
                 std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>,
                 std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &memory(), c10::DispatchKeySet(c10::DispatchKey::HPU),
                                   c10::dtype_or_default(type), format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride,
                         std::optional<at::ScalarType> type, std::optional<at::Layout>,
                         std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &memory(),
                                           c10::DispatchKeySet(c10::DispatchKey::HPU),
                                           c10::dtype_or_default(type));
}

void copy_now(const at::Tensor& from, const at::Tensor& to) {
  at::Tensor target = is_here(to) ? on_cpu(to) : to;
  target.copy_(is_here(from) ? on_cpu(from) : from);
}

/// Whoever reads it before the copy is done reads ones everywhere: no number, of a real.
void spoil(const at::Tensor& tensor) {
  if (tensor.is_non_overlapping_and_dense()) std::memset(tensor.data_ptr(), 0xFF, tensor.nbytes());
}

/// A copy to or from pinned memory that nobody asked to wait for is put off on any stream but the
/// default one.
at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool non_blocking) {
  const at::Tensor& outside = is_here(from) ? to : from;
  const bool by_itself = non_blocking && !falls_back && is_here(from) != is_here(to) &&
                         is_pinned(outside.storage().data());
  if (const c10::StreamId stream = current_stream(); by_itself && stream != 0) {
    spoil(is_here(to) ? on_cpu(to) : to);
    put_off(stream, [from, to] { copy_now(from, to); });
    return to;
  }
  if (is_here(from) && !is_here(to) && !falls_back) waited("copy");
  if (!falls_back) do_until(current_stream(), put_off_so_far(current_stream()));
  copy_now(from, to);
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  // Of the same size it keeps its strides: other tensors may look at the same bytes.
  if (to.sizes() != from.sizes()) const_cast<at::Tensor&>(to).resize_(from.sizes());
  return copy_from(from, to, false);
}

const at::Tensor& resize(const at::Tensor& self, c10::IntArrayRef size,
                         std::optional<at::MemoryFormat> format) {
  at::TensorImpl* tensor = self.unsafeGetTensorImpl();
  tensor->set_sizes_contiguous(size);
  const size_t needed =
      at::detail::computeStorageNbytesContiguous(size, self.itemsize(), self.storage_offset());
  if (needed > self.storage().nbytes()) grow(self.storage(), needed);
  if (format && *format != at::MemoryFormat::Preserve) tensor->empty_tensor_restride(*format);
  return self;
}

at::Scalar item(const at::Tensor& self) {
  if (!falls_back) waited("item");
  return on_cpu(self).item();
}

/// CUDA takes indices of the processor there.
bool takes_indices(const c10::OperatorHandle& operation) {
  const auto& name = operation.operator_name();
  return name.name == "aten::_index_put_impl_" || name.name == "aten::index_put_" ||
         ((name.name == "aten::index" || name.name == "aten::_unsafe_index") &&
          (name.overload_name == "Tensor" || name.overload_name == "Tensor_out"));
}

/// A number of the processor, a tensor without dimensions, may stand beside tensors of any device.
void refuse_other_device(const c10::OperatorHandle& operation, const at::Tensor& tensor) {
  if (!tensor.defined() || is_here(tensor) || tensor.dim() == 0) return;
  TORCH_CHECK(takes_indices(operation), "stand-in device: ", operation.operator_name(),
              " got a tensor on ", tensor.device(),
              " beside tensors on the device, as CUDA refuses");
}

void refuse(const c10::OperatorHandle& operation, const c10::IValue& value) {
  if (value.isTensor()) refuse_other_device(operation, value.toTensor());
  if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorList()) refuse_other_device(operation, tensor);
  }
  if (value.isOptionalTensorList()) {
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorList()) {
      if (tensor) refuse_other_device(operation, *tensor);
    }
  }
  if (value.isGenerator()) {
    TORCH_CHECK(!value.toGenerator().defined(), "stand-in device: ", operation.operator_name(),
                " got a generator of the processor for a tensor on the device, as CUDA refuses");
  }
}

void fall_back(const c10::OperatorHandle& operation, torch::jit::Stack* stack) {
  const size_t arguments = operation.schema().arguments().size();
  for (const c10::IValue& value : torch::jit::last(*stack, arguments)) refuse(operation, value);
  do_until(current_stream(), put_off_so_far(current_stream()));
  const bool before = std::exchange(falls_back, true);
  try {
    at::native::cpu_fallback(operation, stack, /*error_on_views=*/false);
  } catch (...) {
    falls_back = before;
    throw;
  }
  falls_back = before;
}

std::optional<at::Tensor> seen_on_cpu(const std::optional<at::Tensor>& tensor) {
  return tensor && tensor->defined() ? std::optional(on_cpu(*tensor)) : std::nullopt;
}

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight,
                       const std::optional<at::Tensor>& bias, c10::IntArrayRef stride,
                       c10::IntArrayRef padding, c10::IntArrayRef dilation, bool transposed,
                       c10::IntArrayRef output_padding, int64_t groups) {
  return at::convolution(on_cpu(input), on_cpu(weight), seen_on_cpu(bias), stride, padding,
                         dilation, transposed, output_padding, groups)
      .to(input.device());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight,
    c10::IntArrayRef stride, c10::IntArrayRef padding, c10::IntArrayRef dilation, bool transposed,
    c10::IntArrayRef output_padding, int64_t groups, std::array<bool, 3> mask) {
  const auto [of_input, of_weight, of_bias] = at::convolution_backward(
      on_cpu(gradient), on_cpu(input), on_cpu(weight), c10::IntArrayRef(weight.size(0)), stride,
      padding, dilation, transposed, output_padding, groups, mask);
  const auto back = [&](const at::Tensor& one) {
    return one.defined() ? one.to(input.device()) : one;
  };
  return {back(of_input), back(of_weight), back(of_bias)};
}

/// It writes the running statistics, and its schema does not say so: fallen back, they would be
/// lost.
std::tuple<at::Tensor, at::Tensor, at::Tensor> batch_norm(
    const at::Tensor& input, const std::optional<at::Tensor>& weight,
    const std::optional<at::Tensor>& bias, const std::optional<at::Tensor>& mean,
    const std::optional<at::Tensor>& variance, bool training, double momentum, double epsilon) {
  const auto [out, saved_mean, saved_deviation] =
      at::native_batch_norm(on_cpu(input), seen_on_cpu(weight), seen_on_cpu(bias),
                            seen_on_cpu(mean), seen_on_cpu(variance), training, momentum, epsilon);
  const at::Device device = input.device();
  return {out.to(device), saved_mean.to(device), saved_deviation.to(device)};
}

TORCH_LIBRARY_IMPL(aten, HPU, m) {
  m.impl("empty.memory_format", &empty);
  m.impl("empty_strided", &empty_strided);
  m.impl("_copy_from", &copy_from);
  m.impl("_copy_from_and_resize", &copy_from_and_resize);
  m.impl("_local_scalar_dense", &item);
  m.impl("convolution_overrideable", &convolution);
  m.impl("convolution_backward_overrideable", &convolution_backward);
  m.impl("native_batch_norm", &batch_norm);
  m.impl("resize_", &resize);
  m.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
  m.impl("view", TORCH_FN(at::native::view));
  m.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
  m.impl("set_.source_Storage_storage_offset", TORCH_FN(at::native::set_storage_cpu_));
}

TORCH_LIBRARY_IMPL(_, HPU, m) {
  m.fallback(torch::CppFunction::makeFromBoxedFunction<&fall_back>());
}

}  // namespace
}  // namespace sslx::standin
