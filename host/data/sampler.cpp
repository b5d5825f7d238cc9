#include "host/data/sampler.h"

#include <sslx/error.h>
#include <sslx/random.h>

#include <algorithm>
#include <numeric>
#include <string>

namespace sslx::data {
namespace {

/// A place where no view is ever drawn, so that the order shares no number with an augmentation.
DrawPlace order_place(int64_t epoch) {
  return {static_cast<uint32_t>(epoch), 0xFFFFFFFFU, 0xFFFFU, 0xFFFFU};
}

}  // namespace

Sampler::Sampler(int64_t size, int64_t batch_size, bool drop_last, uint64_t seed)
    : size_(size), batch_size_(batch_size), drop_last_(drop_last), seed_(seed) {
  if (batch_size_ < 1) {
    throw input_error("the batch size is " + std::to_string(batch_size_) +
                      "; it must be at least 1");
  }
  if (batches_per_epoch() < 1) {
    throw input_error("a batch of " + std::to_string(batch_size_) +
                      " images cannot be filled from " + std::to_string(size_) +
                      " images; the batch size must be at most that many");
  }
}

int64_t Sampler::batches_per_epoch() const {
  return drop_last_ ? size_ / batch_size_ : (size_ + batch_size_ - 1) / batch_size_;
}

std::vector<int64_t> Sampler::order(int64_t epoch) const {
  std::vector<int64_t> out(static_cast<size_t>(size_));
  std::iota(out.begin(), out.end(), int64_t{0});
  RandomStream random(seed_, order_place(epoch));
  for (size_t left = out.size(); left > 1; --left) {
    std::swap(out[left - 1], out[random.below(static_cast<uint32_t>(left))]);
  }
  return out;
}

std::span<const int64_t> Sampler::batch(const std::vector<int64_t>& order, int64_t batch) const {
  const int64_t begin = batch * batch_size_;
  const int64_t end = std::min(begin + batch_size_, size_);
  return std::span(order).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

}  // namespace sslx::data
