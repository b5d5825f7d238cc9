#include "host/serve.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "host/machine/serving.h"

namespace sslx::serving {
namespace {

constexpr int kSocket = 0;
constexpr size_t kDescriptors = 3;  // input, log, claim

struct Request {
  std::array<char, kMarkLength> mark{};
  std::array<int, kDescriptors> descriptors{-1, -1, -1};

  void close_all() const {
    for (const int descriptor : descriptors) close(descriptor);
  }
};

/// False at the end, and for what is no request.
bool receive(Request& request) {
  iovec bytes{request.mark.data(), request.mark.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof request.descriptors)> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t got = 0;
  while ((got = recvmsg(kSocket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {
  }
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (got != static_cast<ssize_t>(request.mark.size()) || header == nullptr ||
      header->cmsg_len != CMSG_LEN(sizeof request.descriptors)) {
    return false;
  }
  std::memcpy(request.descriptors.data(), CMSG_DATA(header), sizeof request.descriptors);
  return true;
}

/// In the fork: its files, its group and its mark. Nothing of the server's stays open.
void become_trial(const Request& request, char* mark, pid_t parent) {
  while (getppid() == parent) usleep(50);  // until it is `sslx`'s own child
  std::memcpy(mark, request.mark.data(), request.mark.size());
  // Copies above all numbers that are to be taken, so that none is overwritten before its turn.
  std::array<int, kDescriptors> high{};
  for (size_t i = 0; i < kDescriptors; ++i)
    high[i] = fcntl(request.descriptors[i], F_DUPFD_CLOEXEC, 16);
  request.close_all();
  dup2(high[0], 0);  // the socket goes
  dup2(high[1], 1);
  dup2(high[1], 2);
  dup2(high[2], 3);
  for (const int descriptor : high) close(descriptor);
}

/// A process between, which ends at once: what it starts is handed to `sslx`, as the reaper of its
/// descendants. Returns true in the trial.
bool fork_trial(const Request& request, char* mark) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  const pid_t between = fork();
  if (between == 0) {
    const pid_t own = getpid();
    const pid_t trial = fork();
    if (trial == 0) {
      close(ends[0]);
      close(ends[1]);
      become_trial(request, mark, own);
      return true;
    }
    if (trial > 0) setpgid(trial, trial);  // before anyone knows its number
    const bool told = write(ends[1], &trial, sizeof trial) == sizeof trial;
    _exit(told ? 0 : 1);
  }
  close(ends[1]);
  pid_t trial = -1;
  if (between < 0 || read(ends[0], &trial, sizeof trial) != sizeof trial) trial = -1;
  close(ends[0]);
  while (between > 0 && waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  send(kSocket, &trial, sizeof trial, MSG_NOSIGNAL);
  return false;
}

}  // namespace

Served serve() {
  char* mark = std::getenv(kMarkName);
  if (mark == nullptr || std::strlen(mark) != kMarkLength) return Served::kEnd;
  if (send(kSocket, kReady, std::strlen(kReady), MSG_NOSIGNAL) < 0) {
    return Served::kEnd;
  }
  for (Request request; receive(request); request = {}) {
    if (fork_trial(request, mark)) return Served::kTrial;
    request.close_all();
  }
  return Served::kEnd;
}

}  // namespace sslx::serving
