// How this room starts programs: signals as they were, a group of its own, and what it is to have
// open. Private to host/sweep.
#pragma once

#include <spawn.h>
#include <sys/types.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "host/sweep/process.h"

namespace sslx::sweep {

/// File actions and attributes of one posix_spawn.
class SpawnSetup {
 public:
  SpawnSetup();
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup();
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// This process's environment with the mark `entry`, "SSLX_RUN=...", which must outlive it.
std::vector<char*> marked_environment(std::string& entry);

/// Throws Error(kSystem) when it cannot be started.
pid_t spawn(const std::string& program, const std::vector<std::string>& words, SpawnSetup& setup,
            char** environment = environ);

/// A host for one trial, with the mark in its environment. Throws Error(kSystem).
pid_t spawn_host(const std::filesystem::path& program, const HostFiles& files,
                 const std::string& mark);

/// A host that serves, with the socket as its standard input; -1 when it cannot be started.
pid_t spawn_server(const std::filesystem::path& program, int socket);

}  // namespace sslx::sweep
