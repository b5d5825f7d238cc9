#include "host/sweep/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cstring>

#include "host/machine/beacon.h"
#include "host/machine/serving.h"

namespace sslx::sweep {
std::vector<char*> marked_environment(std::string& entry) {
  std::vector<char*> out;
  for (char** one = environ; *one != nullptr; ++one) {
    if (!std::string_view(*one).starts_with(fmt::format("{}=", serving::kMarkName))) {
      out.push_back(*one);
    }
  }
  out.push_back(entry.data());
  out.push_back(nullptr);
  return out;
}

SpawnSetup::SpawnSetup() {
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  for (const int number : {SIGINT, SIGHUP}) {
    struct sigaction now {};
    if (sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) {
      sigdelset(&all, number);  // as nohup wants it
    }
  }
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

SpawnSetup::~SpawnSetup() {
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
}

pid_t spawn(const std::string& program, const std::vector<std::string>& words, SpawnSetup& setup,
            char** environment) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, program.c_str(), &setup.actions, &setup.attributes,
                                 arguments.data(), environment);
  if (error != 0) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be started: {}", program, std::strerror(error)));
  }
  return pid;
}

pid_t spawn_host(const std::filesystem::path& program, const HostFiles& files,
                 const std::string& mark) {
  SpawnSetup setup;
  posix_spawn_file_actions_adddup2(&setup.actions, files.claim, 3);
  if (files.beacon >= 0) {
    posix_spawn_file_actions_adddup2(&setup.actions, files.beacon, machine::kBeacon);
  }
  posix_spawn_file_actions_addopen(&setup.actions, 0, files.input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&setup.actions, 1, files.log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&setup.actions, 1, 2);
  std::string entry = fmt::format("{}={}", serving::kMarkName, mark);
  return spawn(program.string(), {program.string()}, setup, marked_environment(entry).data());
}

pid_t spawn_server(const std::filesystem::path& program, int socket) try {
  SpawnSetup setup;
  posix_spawn_file_actions_adddup2(&setup.actions, socket, 0);
  std::string entry =
      fmt::format("{}={}", serving::kMarkName, std::string(serving::kMarkLength, '_'));
  return spawn(program.string(), {program.string(), "--serve"}, setup,
               marked_environment(entry).data());
} catch (const Error&) {
  return -1;
}

}  // namespace sslx::sweep
