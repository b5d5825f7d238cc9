#include "host/serve.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host/machine/serving.h"

namespace sslx::serving {
namespace {

constexpr int kSocket = 0;
struct Request {
  std::array<char, kMarkLength> mark{};
  std::array<int, kDescriptors> descriptors{-1, -1, -1, -1};

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

/// The trial's files take the places of the server's, of which nothing stays open.
void take_files(const Request& request) {
  // Copies above all numbers that are to be taken, so that none is overwritten before its turn.
  constexpr int kFirstFree = 5;
  std::array<int, kDescriptors> high{};
  for (size_t i = 0; i < kDescriptors; ++i) {
    high[i] = fcntl(request.descriptors[i], F_DUPFD_CLOEXEC, kFirstFree);
    if (high[i] >= 0) continue;
    // With the server's socket as its input it would wait for ever.
    dprintf(request.descriptors[1], "its files cannot be opened: %s\n", std::strerror(errno));
    _exit(1);
  }
  request.close_all();
  dup2(high[0], 0);  // the socket goes
  dup2(high[1], 1);
  dup2(high[1], 2);
  dup2(high[2], 3);
  dup2(high[3], 4);
  for (const int descriptor : high) close(descriptor);
}

/// In the fork that is ready: waits for its request, marks itself with it, answers with its number
/// and tells the server through `taken`. False when there is none to come.
bool become_trial(char* mark, int taken) {
  Request request;
  if (!receive(request)) return false;
  std::memcpy(mark, request.mark.data(), request.mark.size());
  const pid_t own = getpid();
  if (send(kSocket, &own, sizeof own, MSG_NOSIGNAL) != sizeof own) return false;
  const bool told = write(taken, "", 1) == 1;
  close(taken);
  take_files(request);
  return told;
}

/// A process between, which ends at once: what it starts is handed to `sslx`, as the reaper of its
/// descendants. It has this one's memory, so that only the fork gets one of its own: to copy the
/// tables of LibTorch's pages costs more than a millisecond. Returns true in the fork, which is
/// that by then.
bool fork_ready() {
  const pid_t between = vfork();
  if (between == 0) {
    const pid_t own = getpid();
    const pid_t ready = fork();
    if (ready != 0) _exit(ready > 0 ? 0 : 1);
    setpgid(0, 0);
    while (getppid() == own) usleep(50);
    return true;
  }
  while (between > 0 && waitpid(between, nullptr, 0) < 0 && errno == EINTR) {
  }
  return false;
}

}  // namespace

Served serve() {
  char* mark = std::getenv(kMarkName);
  if (mark == nullptr || std::strlen(mark) != kMarkLength) return Served::kEnd;
  if (send(kSocket, kReady, std::strlen(kReady), MSG_NOSIGNAL) < 0) {
    return Served::kEnd;
  }
  while (true) {
    std::array<int, 2> taken{};
    if (pipe2(taken.data(), O_CLOEXEC) != 0) return Served::kEnd;
    if (fork_ready()) {
      close(taken[0]);
      return become_trial(mark, taken[1]) ? Served::kTrial : Served::kEnd;
    }
    close(taken[1]);
    char byte = 0;
    ssize_t got = 0;
    while ((got = read(taken[0], &byte, 1)) < 0 && errno == EINTR) {
    }
    close(taken[0]);
    if (got != 1) return Served::kEnd;  // the socket is closed, or the fork was killed
  }
}

}  // namespace sslx::serving
