#include "host/sweep/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sslx/error.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace sslx::sweep {
namespace {

/// File actions and attributes of one posix_spawn.
class SpawnSetup {
 public:
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

pid_t spawn(const std::string& program, const std::vector<std::string>& words, SpawnSetup& setup) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, program.c_str(), &setup.actions, &setup.attributes,
                                 arguments.data(), environ);
  if (error != 0) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be started: {}", program, std::strerror(error)));
  }
  return pid;
}

}  // namespace

Process::Process(const std::filesystem::path& program, const std::filesystem::path& input,
                 const std::filesystem::path& log, int kept) {
  SpawnSetup setup;
  posix_spawn_file_actions_adddup2(&setup.actions, kept, 3);
  posix_spawn_file_actions_addopen(&setup.actions, 0, input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&setup.actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                   0644);
  posix_spawn_file_actions_adddup2(&setup.actions, 1, 2);
  pid_ = spawn(program.string(), {program.string()}, setup);
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<Exit> Process::poll() {
  int status = 0;
  siginfo_t ended{};
  if (pid_ <= 0) return std::nullopt;
  // The group is killed while its leader's number is still taken, so that it is no other group's.
  if (waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      ended.si_pid != pid_) {
    return std::nullopt;
  }
  kill(-pid_, SIGKILL);
  waitpid(std::exchange(pid_, -1), &status, 0);
  if (WIFSIGNALED(status)) return Exit{0, WTERMSIG(status)};
  return Exit{WEXITSTATUS(status), 0};
}

void Process::signal(int number) const {
  if (pid_ > 0) kill(-pid_, number);
}

int run_with_input(const std::filesystem::path& program, const std::string& input) {
  const int file = memfd_create("request", MFD_CLOEXEC);
  if (file < 0 || write(file, input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
      lseek(file, 0, SEEK_SET) != 0) {
    if (file >= 0) close(file);
    throw Error(ErrorKind::kSystem,
                fmt::format("no memory for a request: {}", std::strerror(errno)));
  }
  SpawnSetup setup;
  posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_adddup2(&setup.actions, file, 0);
  pid_t pid = -1;
  try {
    pid = spawn(program.string(), {program.string()}, setup);
  } catch (...) {
    close(file);
    throw;
  }
  close(file);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

uint64_t process_start(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  return std::strtoull(field.c_str(), nullptr, 10);
}

std::string output_of(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "";
  std::string out;
  int status = -1;
  try {
    SpawnSetup setup;
    posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&setup.actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&setup.actions, 2, "/dev/null", O_WRONLY, 0);
    const pid_t pid = spawn(command.at(0), command, setup);
    close(std::exchange(ends[1], -1));
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) != 0;) {
      if (n > 0) out.append(buffer, static_cast<size_t>(n));
      if (n < 0 && errno != EINTR) break;
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  } catch (const Error&) {
    status = -1;  // no such command: as one that fails
  }
  close(ends[0]);
  if (ends[1] >= 0) close(ends[1]);
  if (status != 0) return "";
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

std::string signal_name(int number) {
  const char* abbreviation = sigabbrev_np(number);
  return abbreviation == nullptr ? fmt::format("signal {}", number)
                                 : fmt::format("SIG{}", abbreviation);
}

}  // namespace sslx::sweep
