// One sslx-host that has loaded LibTorch and waits: each trial is a fork of it, a process of its
// own as before, that begins at once instead of after the half second in which LibTorch registers
// its operators. It never runs anything itself, so what it hands on is as a fresh start leaves it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "host/sweep/process.h"

namespace sslx::sweep {

class HostServer {
 public:
  /// Null when the program does not serve; whoever asks starts it for each trial then. The calling
  /// process becomes the reaper of its descendants, so that the trials are its children.
  static std::unique_ptr<HostServer> start(const std::filesystem::path& program);

  HostServer(const HostServer&) = delete;
  HostServer& operator=(const HostServer&) = delete;
  ~HostServer();  ///< The server ends; trials that run do not.

  /// A new process with these files and the mark in its environment, in a group of its own; a child
  /// of the caller. Empty when the server is gone.
  std::optional<pid_t> spawn(const HostFiles& files, const std::string& mark);

 private:
  HostServer(int socket, pid_t pid) : socket_(socket), pid_(pid) {}

  int socket_;
  pid_t pid_;
};

}  // namespace sslx::sweep
