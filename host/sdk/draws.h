// Random numbers that a method draws while it trains (negatives, orders, first centroids), such
// that a saved method goes on with the next ones: the seed is a buffer, each draw has a number, and
// a generator of its own.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <sslx/kept.h>
#include <sslx/torch.h>

namespace sslx {

/// A seed [] int64 from the method's own stream, to be registered as a buffer.
inline torch::Tensor drawn_seed(const torch::Generator& generator) {
  return torch::randint(1LL << 40, {}, generator, torch::kInt64);
}

/// The generator of draw `number`, on the CPU.
inline torch::Generator generator_of(const Kept<int64_t>& seed, int64_t number) {
  return at::detail::createCPUGenerator(static_cast<uint64_t>(seed.value() + number));
}

}  // namespace sslx
