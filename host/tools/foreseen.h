// What a network takes for a large image, foreseen from what it takes for small ones: asked before
// it is begun, one sentence instead of minutes without a word or of a process that the system
// kills.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "host/train/call_cost.h"

namespace sslx::train {

/// What `call(side)` takes for a square image of `side` pixels: it is called for smaller ones, from
/// `least` on, each twice as large as the last, until one takes half a second. A part grows with
/// the pixels (convolutions, layers of tokens), the rest with their square (attention). Nothing
/// where `side` is itself so small that it need not be foreseen.
Cost foreseen(int64_t least, int64_t side, const std::function<void(int64_t)>& call);

/// Throws Error(kInput) "WHAT take 18.0 TB in memory, and a process here has 16.0 GB" when that is
/// so, or one that tells of the time when that is more than `most_seconds` (0: no limit). `hint`
/// says what would be less.
void check_cost(const Cost& cost, const std::string& what, double most_seconds,
                const std::string& hint);

}  // namespace sslx::train
