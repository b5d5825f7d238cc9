// What a loss against a memory bank is while nothing is learnt, for Loss::chance.
#pragma once

#include <sslx/memory_bank.h>

#include <cmath>

namespace sslx {

/// All candidates look the same: ln of their number, or of NCE that every probability is 1/n
/// (losses.h, noise_contrastive).
inline double bank_chance(const MemoryBankOptions& bank) {
  const auto drawn = static_cast<double>(bank.negatives);
  if (!bank.softmax) return std::log(drawn + 1) + drawn * std::log1p(1 / drawn);
  return bank.negatives > 0 ? std::log(drawn + 1) : std::log(static_cast<double>(bank.images));
}

}  // namespace sslx
