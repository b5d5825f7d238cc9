// A counter-based random stream: Philox4x32-10 (Salmon et al., SC 2011). A draw is a function of
// its key and counter alone, so it is the same whatever the batch size, the thread count, the
// worker or the device.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace sslx {

/// Ten rounds of Philox4x32: four random words for one counter under one key.
inline std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter,
                                          std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53u} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57u} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9u;
    key[1] += 0xBB67AE85u;
  }
  return counter;
}

/// Where in an experiment a draw is made. Two different places never share a number.
struct DrawPlace {
  uint32_t epoch = 0;
  uint32_t image = 0;  ///< Index in the data set, not in the batch.
  uint16_t view = 0;
  uint16_t operation = 0;  ///< Position in the view's recipe.
};

/// The stream of numbers that belongs to one (seed, place).
class RandomStream {
 public:
  explicit RandomStream(uint64_t seed, DrawPlace place = {})
      : key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)},
        counter_{0, place.image, place.epoch,
                 (uint32_t{place.view} << 16) | uint32_t{place.operation}} {}

  /// The next 32 random bits.
  uint32_t next() {
    if (used_ == 4) {
      block_ = philox4x32(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return block_[used_++];
  }
  /// Uniform in [0, 1), 24 bits.
  float uniform() { return static_cast<float>(next() >> 8) * 0x1.0p-24F; }
  /// Uniform in [low, high).
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// True with the given probability: never at 0, always at 1.
  bool bernoulli(float probability) { return uniform() < probability; }
  /// The same as image operations take it: 1 with the given probability, else 0.
  float flag(float probability) { return bernoulli(probability) ? 1.0F : 0.0F; }
  /// 24 random bits, which a float holds exactly: the key of a stream of its own.
  float key() { return static_cast<float>(next() >> 8); }
  /// Uniform in 0 .. bound-1; bound is at least 1.
  uint32_t below(uint32_t bound) {
    return static_cast<uint32_t>((uint64_t{next()} * uint64_t{bound}) >> 32);
  }
  /// Standard normal (Box-Muller, one of the pair).
  float normal() {
    const float radius = std::sqrt(-2.0F * std::log(1.0F - uniform()));
    return radius * std::cos(2.0F * std::numbers::pi_v<float> * uniform());
  }

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace sslx
