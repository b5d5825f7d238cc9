#include <fmt/format.h>
#include <sslx/draws.h>
#include <sslx/error.h>
#include <sslx/random.h>

#include <algorithm>

namespace sslx {
namespace {

constexpr int64_t kLow32 = 0xFFFFFFFF;

/// Of each place, in its stead: 32 bits that look random, by the steps of an integer hash of two
/// multiplications (Wellons' lowbias32), with a key before each.
void mix(torch::Tensor& x, const std::array<uint32_t, 4>& keys) {
  x.bitwise_xor_(int64_t{keys[0]});
  x.bitwise_xor_(x.bitwise_right_shift(16)).mul_(0x7FEB352D).bitwise_and_(kLow32);
  x.bitwise_xor_(int64_t{keys[1]});
  // The factor is 0x846CA68B less 2^32, so that no product passes 63 bits.
  x.bitwise_xor_(x.bitwise_right_shift(15)).mul_(int64_t{0x846CA68B} - kLow32 - 1);
  x.bitwise_and_(kLow32);
  x.bitwise_xor_(x.bitwise_right_shift(16));
}

}  // namespace

torch::Tensor drawn_below(int64_t bound, int64_t first, int64_t count, const Kept<int64_t>& seed,
                          int64_t number, const torch::Device& device) {
  if (bound < 1 || bound >= int64_t{1} << 31 || first + count > kLow32 + 1) {
    throw input_error(fmt::format(
        "{} numbers below {} are to be drawn; it must be at most 2^32, below 1 to 2^31 - 1",
        first + count, bound));
  }
  const auto words = [](int64_t value) {
    return std::array{static_cast<uint32_t>(value), static_cast<uint32_t>(value >> 32)};
  };
  const auto draw = words(number);
  const auto keys = philox4x32({draw[0], draw[1], 0, 0}, words(seed.value()));
  torch::Tensor out =
      torch::arange(first, first + count, torch::dtype(torch::kInt64).device(device));
  // On a processor piece by piece, which stay in its cache.
  const int64_t piece = device.is_cpu() ? int64_t{1} << 15 : std::max<int64_t>(count, 1);
  for (torch::Tensor& part : out.split(piece)) {
    mix(part, keys);
    part.mul_(bound).bitwise_right_shift_(32);
  }
  return out;
}

}  // namespace sslx
