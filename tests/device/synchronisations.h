// Counts where a program waits for the stand-in device: an item(), a copy to the processor. On a
// GPU each of them empties the queue of work, and a training that does it in each step leaves the
// GPU idle between them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sslx::standin {

/// One place that waited: `what` for, how often, and the calls that led there, the innermost first,
/// as "file+0xoffset", which addr2line reads.
struct Waits {
  std::string what;
  int64_t count = 0;
  std::vector<std::string> calls;
};

/// Called by the device. With SSLX_STANDIN_WAITS, a file, each is a line of it as well.
void waited(const char* what);

/// All since the last call, the most frequent first.
std::vector<Waits> take_waits();

}  // namespace sslx::standin
