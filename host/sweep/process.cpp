#include "host/sweep/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <chrono>
#include <set>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>

#include "host/machine/serving.h"
#include "host/record/whole_file.h"
#include "host/sweep/host_server.h"
#include "host/sweep/spawn.h"

namespace sslx::sweep {
namespace {

constexpr int kVainRounds = 2;  // one may miss what a process started that ended while it looked
constexpr std::chrono::seconds kDying{10};              // a killed one frees its memory first
constexpr std::chrono::milliseconds kBetweenRounds{2};  // of some that are dying

/// The environment of a process, each entry between zeros, in `out`, whose memory is used again.
void read_environment(int processes, const char* process, std::string& out) {
  constexpr size_t kStep = 16384;
  out.assign(1, '\0');
  const std::string name = std::string(process) + "/environ";
  const int descriptor = openat(processes, name.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  for (ssize_t got = 1; got > 0;) {
    const size_t size = out.size();
    out.resize(size + kStep);
    got = read(descriptor, out.data() + size, kStep);
    out.resize(size + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  }
  close(descriptor);
  out += '\0';
}

/// One look through /proc. What those that it kills have started since is for the next one. With a
/// thousand trials on a machine this is most of what the end of one costs.
/// Adds their numbers to `killed`; whether there were any, dying ones among them.
bool kill_seen(const std::string& mark, std::set<pid_t>& killed) {
  bool any = false;
  DIR* folder = opendir("/proc");
  if (folder == nullptr) return any;
  const std::string entry = '\0' + mark + '\0';
  std::string environment;
  while (const dirent* process = readdir(folder)) {
    if (std::isdigit(static_cast<unsigned char>(process->d_name[0])) == 0) continue;
    read_environment(dirfd(folder), process->d_name, environment);
    if (environment.find(entry) == std::string::npos) continue;
    const auto pid = static_cast<pid_t>(std::stol(process->d_name));
    if (kill(pid, SIGKILL) != 0) continue;
    killed.insert(pid);
    any = true;
  }
  closedir(folder);
  return any;
}

}  // namespace

/// A thread that sees the end of the process when it happens, whatever the main loop waits for.
struct Process::Watch {
  explicit Watch(pid_t pid)
      : thread([this, pid] {
          siginfo_t info{};
          while (waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 &&
                 errno == EINTR) {
          }
          end = Clock::now();
          over = true;
        }) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    if (descriptor >= 0) close(descriptor);
  }
  int descriptor = -1;
  Clock::time_point end;  ///< Read once `over` is true.
  std::atomic<bool> over{false};
  std::thread thread;
};

Process::Process(const std::filesystem::path& program, const HostFiles& files,
                 const std::string& mark, HostServer* server)
    : mark_(mark) {
  std::optional<pid_t> served;
  if (server != nullptr) served = server->spawn(files, mark);
  pid_ = served ? *served : spawn_host(program, files, mark);
  try {
    watch_ = std::make_unique<Watch>(pid_);
    watch_->descriptor = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  } catch (const std::system_error& error) {
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be watched: {}", program.string(), error.code().message()));
  }
}

Process::Process(Process&&) noexcept = default;

Process::~Process() {
  if (watch_ == nullptr) return;
  kill(-pid_, SIGKILL);
  watch_->thread.join();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  kill_marked(mark_);
}

std::optional<Process::Clock::time_point> Process::ended() const {
  if (watch_ == nullptr || !watch_->over) return ended_;
  return watch_->end;
}

std::optional<Exit> Process::poll() {
  if (watch_ == nullptr || !watch_->over) return std::nullopt;
  ended_ = watch_->end;
  // The group is killed while its leader's number is still taken, so that it is no other group's.
  kill(-pid_, SIGKILL);
  watch_->thread.join();
  watch_.reset();
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  kill_marked(mark_);
  if (WIFSIGNALED(status)) return Exit{0, WTERMSIG(status)};
  return Exit{WEXITSTATUS(status), 0};
}

int Process::end_descriptor() const { return watch_ == nullptr ? -1 : watch_->descriptor; }

void Process::signal(int number) const {
  if (watch_ != nullptr) kill(-pid_, number);
}

void Process::ask_for_stacks() const {
  if (watch_ != nullptr) kill(pid_, SIGQUIT);
}

std::string mark_of(const std::filesystem::path& runs, const std::string& run) {
  struct stat folder {};
  if (run.empty()) return "";
  if (stat(runs.c_str(), &folder) != 0) folder = {};
  return fmt::format("{}@{:08x}-{:016x}", run, static_cast<uint32_t>(folder.st_dev), folder.st_ino);
}

size_t kill_marked(const std::string& mark) {
  std::set<pid_t> killed;
  const auto until = Process::Clock::now() + kDying;
  for (int vain = 0; !mark.empty() && vain < kVainRounds && Process::Clock::now() < until;) {
    const bool any = kill_seen(fmt::format("{}={}", serving::kMarkName, mark), killed);
    vain = any ? 0 : vain + 1;
    if (any) std::this_thread::sleep_for(kBetweenRounds);
  }
  return killed.size();
}

Exit run_to_end(const std::filesystem::path& program, const std::string& input) {
  const int file = memfd_create("request", MFD_CLOEXEC);
  if (file < 0 || !record::write_all(file, input) || lseek(file, 0, SEEK_SET) != 0) {
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
  if (WIFEXITED(status)) return {WEXITSTATUS(status), 0};
  return {1, WTERMSIG(status)};
}

int run_with_input(const std::filesystem::path& program, const std::string& input) {
  return run_to_end(program, input).code;
}

Exit run_in_foreground(const std::vector<std::string>& command, const std::filesystem::path& input,
                       const std::string& mark) {
  SpawnSetup setup;
  posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (!input.empty()) {
    posix_spawn_file_actions_addopen(&setup.actions, 0, input.c_str(), O_RDONLY, 0);
  }
  struct sigaction ignore {};
  struct sigaction interrupt {};
  struct sigaction quit {};
  ignore.sa_handler = SIG_IGN;
  std::string entry = fmt::format("{}={}", serving::kMarkName, mark);
  const pid_t pid = spawn(command.at(0), command, setup, marked_environment(entry).data());
  sigaction(SIGINT, &ignore, &interrupt);
  sigaction(SIGQUIT, &ignore, &quit);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  sigaction(SIGINT, &interrupt, nullptr);
  sigaction(SIGQUIT, &quit, nullptr);
  kill_marked(mark);
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

uint64_t process_start(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;  // its parent has not asked for its end yet
  for (int i = 4; i <= 22; ++i) fields >> field;
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
