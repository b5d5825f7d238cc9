#include "host/machine/last_words.h"

#include <dirent.h>
#include <execinfo.h>
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "host/machine/beacon.h"
#include "host/machine/stack.h"

namespace sslx::machine {
namespace {

[[maybe_unused]] constexpr std::array kCrashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr long kPauseNanoseconds = 5'000'000;
constexpr int kPausesOfThread = 100;  // a thread that does not answer for half a second
constexpr int kPausesOfCrash = 600;   // three seconds for the stack's names

/// For the thread that crashed or was asked, and the one that writes.
struct Answer {
  Stack stack;
  std::atomic<bool> given{false};
};

// What the handlers write and the writer reads.
Answer crash;                      // The first one.
Answer shown;                      // One thread at a time.
std::atomic<bool> crashes{false};  // Somebody has crashed before.
std::atomic<bool> written{false};  // The crash is in the log.
std::atomic<pthread_t> writer{};

int crash_signal() { return SIGRTMIN + 3; }
int show_signal() { return SIGRTMIN + 4; }

void pause_briefly() {
  const timespec pause{0, kPauseNanoseconds};
  nanosleep(&pause, nullptr);
}

bool wait_for(const std::atomic<bool>& flag, int pauses) {
  for (int i = 0; i < pauses && !flag; ++i) pause_briefly();
  return flag;
}

void put(const char* text, size_t size) {
  while (size > 0) {
    const ssize_t done = write(STDERR_FILENO, text, size);
    if (done < 0 && errno != EINTR) return;
    if (done <= 0) continue;
    text += done;
    size -= static_cast<size_t>(done);
  }
}

void put(const std::string& text) { put(text.data(), text.size()); }

/// The first line, by the handler itself: "sslx-host: its stacks at SIGSEGV, method 'x' in loss".
void put_head(int number) {
  std::array<char, 256> line{};
  size_t length = 0;
  const auto add = [&](const char* text, size_t size) {
    size = std::min(size, line.size() - length - 1);
    std::memcpy(line.data() + length, text, size);
    length += size;
  };
  std::array<char, Board::kText> doing{};
  const size_t doing_size = own_doing(doing.data(), doing.size());
  const char* name = sigabbrev_np(number);
  add(kStackMark.data(), kStackMark.size());
  add("at SIG", 6);
  if (name != nullptr) add(name, std::strlen(name));
  if (doing_size > 0) add(", ", 2);
  add(doing.data(), doing_size);
  line[length++] = '\n';
  put(line.data(), length);
}

[[maybe_unused]] void on_crash(int number) {
  if (crashes.exchange(true)) {
    if (pthread_equal(pthread_self(), writer) == 0) wait_for(written, kPausesOfCrash);
  } else {
    blame_this_thread();
    put_head(number);
    crash.stack = Stack::here(1);
    crash.given = true;
    const bool own = pthread_equal(pthread_self(), writer) != 0;
    if (own || pthread_kill(writer, crash_signal()) != 0 || !wait_for(written, kPausesOfCrash)) {
      backtrace_symbols_fd(crash.stack.calls.data(), static_cast<int>(crash.stack.count),
                           STDERR_FILENO);
    }
  }
  signal(number, SIG_DFL);  // the process ends of what it was
  raise(number);
}

void on_show(int) {
  const int before = errno;
  shown.stack = Stack::here(1);
  shown.given = true;
  errno = before;
}

std::vector<pid_t> threads() {
  std::vector<pid_t> out;
  DIR* folder = opendir("/proc/self/task");
  if (folder == nullptr) return out;
  while (const dirent* entry = readdir(folder)) {
    const auto thread = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (thread > 0 && thread != gettid()) out.push_back(thread);
  }
  closedir(folder);
  std::ranges::sort(out);
  return out;
}

std::string stack_of(pid_t thread) {
  shown.given = false;
  const bool asked = syscall(SYS_tgkill, getpid(), thread, show_signal()) == 0;
  if (!asked || !wait_for(shown.given, kPausesOfThread)) return "  it does not answer\n";
  return shown.stack.text();
}

/// The main thread first; those that wait alike, as torch's do, are told of once.
void put_all_stacks() {
  put(fmt::format("{}as asked for, {}\n", kStackMark, own_sighting().text()));
  std::vector<std::pair<std::string, int>> found;
  for (const pid_t thread : threads()) {
    const std::string stack = stack_of(thread);
    const auto same = std::ranges::find(found, stack, &std::pair<std::string, int>::first);
    if (same != found.end()) ++same->second;
    if (same == found.end()) found.emplace_back(stack, 1);
  }
  for (size_t i = 0; i < found.size(); ++i) {
    const auto& [stack, count] = found[i];
    const std::string who = i == 0 ? "the main thread" : "a thread";
    put(fmt::format("{}:\n{}", count == 1 ? who : fmt::format("{} threads", count), stack));
  }
  sign_of_told();
}

void write_stacks(sigset_t asked) {
  while (true) {
    int number = 0;
    if (sigwait(&asked, &number) != 0) continue;
    if (number == SIGQUIT) put_all_stacks();
    if (number != crash_signal()) continue;
    put(crash.stack.text());
    written = true;
  }
}

void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, nullptr);
}

/// A stack that ran over is a crash as well, which needs another to be told on.
void use_stack_of_its_own() {
  static std::array<char, size_t{64} << 10> memory;
  const stack_t stack{memory.data(), 0, memory.size()};
  sigaltstack(&stack, nullptr);
}

}  // namespace

void leave_last_words() {
  sigset_t asked;
  sigemptyset(&asked);
  sigaddset(&asked, SIGQUIT);
  sigaddset(&asked, crash_signal());
  pthread_sigmask(SIG_BLOCK, &asked, nullptr);
  static_cast<void>(Stack::here());  // loads what a handler must not
  std::thread thread([asked] { write_stacks(asked); });
  writer = thread.native_handle();
  thread.detach();
  use_stack_of_its_own();
  handle(show_signal(), on_show, SA_RESTART);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which tell it themselves
  for (const int number : kCrashes) handle(number, on_crash, SA_ONSTACK);
#endif
}

}  // namespace sslx::machine
