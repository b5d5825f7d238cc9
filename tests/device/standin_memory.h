// The memory of the stand-in for a GPU (standin_device.cpp). A processor cannot read a GPU's memory
// through the address that a tensor has, and neither can it here: each block is mapped twice, once
// as what tensors point to, which nobody may touch, and once for the kernels. Code that follows
// data_ptr() itself ends with SIGSEGV.
#pragma once

#include <ATen/ATen.h>

namespace sslx::standin {

/// Under torch's key HPU, which is dense as CUDA is, so that Module::to() works; PrivateUse1 is
/// not.
inline constexpr c10::DeviceType kType = c10::DeviceType::HPU;

c10::Allocator& memory();

/// The same bytes as a tensor of the processor; the tensor must outlive it.
at::Tensor on_cpu(const at::Tensor& tensor);

/// Room for that many bytes, with what there was.
void grow(const c10::Storage& storage, size_t bytes);

/// How many bytes tensors hold now, and the most that they have held.
int64_t held_bytes();
int64_t most_held_bytes();

}  // namespace sslx::standin
