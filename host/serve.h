// `sslx-host --serve`: has LibTorch loaded, and a fork of itself ready for the next trial that
// `sslx` asks for (host/machine/serving.h has what they say to each other), so that no trial waits
// for a fork. It runs nothing itself, so that each fork begins as a fresh process does; its only
// thread is this one. When the fork that is ready is killed, the server ends, and `sslx` goes on
// without.
#pragma once

namespace sslx::serving {

enum class Served {
  kTrial,  ///< This is a fork: it is to run the trial on its standard input.
  kEnd,    ///< Of the server, or of a fork that got no trial: `sslx` has closed the socket.
};

/// The socket is standard input.
Served serve();

}  // namespace sslx::serving
