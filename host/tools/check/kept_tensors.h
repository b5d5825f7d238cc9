// Which tensor a method keeps from one step to the next without having registered it: one that its
// loss reads, and that was there in the step before, but is none of its parameters and buffers.
#pragma once

#include <sslx/torch_base.h>

#include <functional>
#include <string>

namespace sslx::check {

/// `first` and `second` are two steps of the module, one after the other. "a tensor of shape [64]
/// (read by sub)", with how many more; "" when none is found, as of numbers that are no tensors.
std::string kept_unregistered(const torch::nn::Module& module, const std::function<void()>& first,
                              const std::function<void()>& second);

}  // namespace sslx::check
