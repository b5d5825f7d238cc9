// A mapped file that another program cuts short: reading what is gone raises SIGBUS, which would
// end the process without a word.
#pragma once

#include <cstdint>
#include <span>

namespace sslx::train {

/// From now on pages of this mapping that the file does not reach any more are zeros. Whoever reads
/// them has to ask afterwards whether the file changed. Each mapping has a place, 0 to 63.
void zeros_for_lost_pages(std::span<const uint8_t> mapping, size_t place = 0);

}  // namespace sslx::train
