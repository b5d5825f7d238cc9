// The order in which a training epoch visits the images: a shuffle that is a pure function of
// (seed, epoch), cut into batches. It never depends on workers, threads or earlier epochs, so any
// epoch can be made again from its number alone.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sslx::data {

class Sampler {
 public:
  /// Throws Error(kInput) when a batch holds no image, or `drop_last` leaves no batch at all.
  Sampler(int64_t size, int64_t batch_size, bool drop_last, uint64_t seed);

  int64_t batches_per_epoch() const;

  /// Every index in 0 .. size-1 once, shuffled for `epoch` (Fisher-Yates on a Philox stream).
  std::vector<int64_t> order(int64_t epoch) const;

  /// The part of an epoch's order that is its batch number `batch`.
  std::span<const int64_t> batch(const std::vector<int64_t>& order, int64_t batch) const;

 private:
  int64_t size_;
  int64_t batch_size_;
  bool drop_last_;
  uint64_t seed_;
};

}  // namespace sslx::data
