// Random numbers that a method draws while it trains (negatives, orders, first centroids), such
// that a saved method goes on with the next ones: the seed is a buffer, each draw has a number, and
// a generator of its own.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <sslx/detail/export.h>
#include <sslx/kept.h>
#include <sslx/torch_base.h>

namespace sslx {

/// A seed [] int64 from the method's own stream, to be registered as a buffer.
inline torch::Tensor drawn_seed(const torch::Generator& generator) {
  return torch::randint(1LL << 40, {}, generator, torch::kInt64);
}

/// The generator of draw `number`, on the CPU.
inline torch::Generator generator_of(const Kept<int64_t>& seed, int64_t number) {
  return at::detail::createCPUGenerator(static_cast<uint64_t>(seed.value() + number));
}

/// Numbers first to first + count - 1 of draw `number`, each uniform in 0 to bound - 1: [count]
/// int64, made on `device` by its own arithmetic, and the same on each. A process can so draw its
/// part of all. Throws Error(kInput) for a bound of 2^31 or more, or a draw of more than 2^32.
SSLX_API torch::Tensor drawn_below(int64_t bound, int64_t first, int64_t count,
                                   const Kept<int64_t>& seed, int64_t number,
                                   const torch::Device& device);

}  // namespace sslx
