#include "host/processes/processes.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace sslx::processes {
namespace {

constexpr std::chrono::seconds kSurvives{3};
constexpr std::chrono::milliseconds kBetweenLooks{20};

Error no_system(const char* what) {
  return Error(ErrorKind::kSystem, fmt::format("a trial's processes cannot be started: {}: {}",
                                               what, std::strerror(errno)));
}

/// A socket that listens: alone at a free port for this machine only, else at the port that all
/// know.
Meeting listening(const Machines& machines) {
  Meeting out;
  const bool alone = machines.size == 1;
  if (!alone) out.host = machines.address;
  out.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(alone ? INADDR_LOOPBACK : INADDR_ANY);
  address.sin_port = htons(machines.port);
  socklen_t length = sizeof address;
  auto* place = reinterpret_cast<sockaddr*>(&address);
  const int again = 1;  // the last trial's connections linger
  setsockopt(out.listener, SOL_SOCKET, SO_REUSEADDR, &again, sizeof again);
  if (out.listener < 0 || bind(out.listener, place, length) != 0 ||
      listen(out.listener, SOMAXCONN) != 0 || getsockname(out.listener, place, &length) != 0) {
    throw no_system("no socket");
  }
  out.port = ntohs(address.sin_port);
  return out;
}

/// What the end of a connection makes others say is no reason of its own.
bool is_echo(const std::string& words) {
  return words.find("gloo/transport") != std::string::npos ||
         words.find("Connection closed by peer") != std::string::npos;
}

std::string read_words(int pipe) {
  std::array<char, PIPE_BUF> buffer{};
  const ssize_t size = read(pipe, buffer.data(), buffer.size());
  return size > 0 ? std::string(buffer.data(), static_cast<size_t>(size)) : "it said nothing";
}

}  // namespace

void end_by(int signal) {
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

Processes::Processes(int64_t count, const Machines& machines) : machines_(machines) {
  if (count == 1) return;
  if (machines.rank == 0) {
    meeting_ = listening(machines);
  } else {
    meeting_.host = machines.address;
    meeting_.port = machines.port;
  }
  meeting_.size = count;
  meeting_.rank = machines.rank * here();
  const pid_t first = getpid();
  for (int64_t other = 1; other < here(); ++other) {
    std::array<int, 2> pipe{};
    if (pipe2(pipe.data(), O_CLOEXEC) != 0) throw no_system("no pipe");
    const pid_t pid = fork();
    if (pid < 0) throw no_system("no process");
    if (pid > 0) {
      close(pipe[1]);
      others_.push_back({pid, pipe[0]});
      continue;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != first) _exit(1);
    for (const Other& other : others_) close(other.words);
    others_.clear();
    close(pipe[0]);
    if (meeting_.listener >= 0) close(std::exchange(meeting_.listener, -1));
    meeting_.rank += other;
    words_ = pipe[1];
    return;
  }
}

Processes::~Processes() {
  for (const Other& other : others_) close(other.words);
  if (words_ >= 0) close(words_);
}

void Processes::tell(const std::string& message) const {
  if (words_ < 0) return;
  // What does not fit into the pipe is cut.
  static_cast<void>(write(words_, message.data(), std::min<size_t>(message.size(), PIPE_BUF)));
}

std::string Processes::name_of(int64_t other) const {
  return fmt::format("process {} of {}", rank() + other + 1, size());
}

void Processes::look() {
  for (size_t i = 0; i < others_.size(); ++i) {
    Other& other = others_[i];
    int status = 0;
    if (!other.running || waitpid(other.pid, &status, WNOHANG) != other.pid) continue;
    other.running = false;
    const std::string who = name_of(static_cast<int64_t>(i));
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal != 0) {
      other.end = Ended{fmt::format("{} was ended by signal {}", who, signal), signal};
    } else if (WEXITSTATUS(status) != 0) {
      other.end = Ended{fmt::format("{}: {}", who, read_words(other.words)), 0};
    }
  }
}

std::optional<Ended> Processes::cause_of(const std::string& message) {
  if (!is_echo(message)) return std::nullopt;
  const auto until = std::chrono::steady_clock::now() + kSurvives;
  const auto ended = [](const Other& other) { return other.end.has_value(); };
  const auto cause = [](const Other& other) { return other.end && !is_echo(other.end->message); };
  while (!others_.empty()) {
    look();
    const auto found = std::ranges::find_if(others_, cause);
    if (found != others_.end()) return found->end;
    const bool all = std::ranges::all_of(others_, ended);
    if (all || std::chrono::steady_clock::now() > until) break;
    std::this_thread::sleep_for(kBetweenLooks);
  }
  const auto gone = [](const Other& other) { return !other.running && !other.end; };
  const auto found = std::ranges::find_if(others_, gone);
  if (found == others_.end() && machines_.size > 1 && leads()) return Ended{kOfAnotherMachine, 0};
  if (found == others_.end()) return std::nullopt;
  return Ended{fmt::format("{} ended before its time", name_of(found - others_.begin())), 0};
}

void Processes::wait() {
  const auto running = [](const Other& other) { return other.running; };
  while (std::ranges::any_of(others_, running)) {
    look();
    for (const Other& other : others_) {
      if (other.end) throw Error(ErrorKind::kRun, other.end->message);
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace sslx::processes
