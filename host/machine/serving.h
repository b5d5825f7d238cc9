// What `sslx` and an sslx-host that serves (`sslx-host --serve`) say to each other, over a socket
// of whole messages that is the server's standard input: first kReady; then for each trial a
// message with its mark and four descriptors (input, log, claim, beacon), answered by the number of
// the process that took it.
#pragma once

#include <cstddef>

namespace sslx::serving {

inline constexpr const char* kReady = "sslx-host serves, 2";
inline constexpr size_t kDescriptors = 4;
/// A run's id, "20260131-235959-0a1b2c", '@', and which folder of runs it is in, 25 letters. The
/// server's environment has SSLX_RUN with as many, which each fork overwrites in place, so that
/// /proc shows its own.
inline constexpr size_t kMarkLength = 48;
inline constexpr const char* kMarkName = "SSLX_RUN";

}  // namespace sslx::serving
