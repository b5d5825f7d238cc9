#include "host/sweep/host_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

#include "host/machine/serving.h"
#include "host/sweep/spawn.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;

constexpr int kStartMilliseconds = 20'000;  // LibTorch from a cold disk

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

bool answers(int socket) {
  pollfd ready{socket, POLLIN, 0};
  std::array<char, 64> text{};
  return poll(&ready, 1, kStartMilliseconds) == 1 &&
         recv(socket, text.data(), text.size() - 1, 0) > 0 &&
         std::string_view(text.data()) == serving::kReady;
}

/// The mark and the descriptors in one message.
bool send_request(int socket, const std::string& mark,
                  const std::array<int, serving::kDescriptors>& descriptors) {
  iovec bytes{const_cast<char*>(mark.data()), mark.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof descriptors);
  return sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(mark.size());
}

}  // namespace

std::unique_ptr<HostServer> HostServer::start(const fs::path& program) {
  std::array<int, 2> ends{};
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return nullptr;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return nullptr;
  Descriptor own(ends[0]);
  const Descriptor theirs(ends[1]);
  const pid_t pid = spawn_server(program, theirs.get());
  if (pid < 0) return nullptr;
  std::unique_ptr<HostServer> out(new HostServer(own.release(), pid));
  return answers(out->socket_) ? std::move(out) : nullptr;
}

HostServer::~HostServer() {
  close(socket_);
  kill(pid_, SIGTERM);  // one that serves has seen the end already
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<pid_t> HostServer::spawn(const HostFiles& files, const std::string& mark) {
  if (mark.size() != serving::kMarkLength) return std::nullopt;
  const Descriptor in(open(files.input.c_str(), O_RDONLY | O_CLOEXEC));
  const Descriptor out(open(files.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (in.get() < 0 || out.get() < 0) return std::nullopt;
  // Where there is no beacon something stands in its place that is none.
  const int beacon = files.beacon < 0 ? in.get() : files.beacon;
  if (!send_request(socket_, mark, {in.get(), out.get(), files.claim, beacon})) {
    return std::nullopt;
  }
  pid_t pid = 0;
  ssize_t got = 0;
  while ((got = recv(socket_, &pid, sizeof pid, 0)) < 0 && errno == EINTR) {
  }
  return got == sizeof pid && pid > 0 ? std::optional(pid) : std::nullopt;
}

}  // namespace sslx::sweep
