// `sslx-host --serve`: waits with LibTorch loaded, and forks for each trial that `sslx` asks for
// (host/machine/serving.h has what they say to each other). It runs nothing itself, so that each
// fork begins as a fresh process does; its only thread is this one.
#pragma once

namespace sslx::serving {

enum class Served {
  kTrial,  ///< This is a fork: it is to run the trial on its standard input.
  kEnd,    ///< The server's own end: `sslx` has closed the socket.
};

/// The socket is standard input.
Served serve();

}  // namespace sslx::serving
