#include "host/sweep/interrupt.h"

namespace sslx::sweep {
namespace {

// A signal handler reaches nothing but static storage.
std::atomic<int> count_of_signals{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler counts in it");
constexpr std::array<int, 4> kSignals{SIGINT, SIGTERM, SIGHUP, SIGPIPE};

void count_one(int) { count_of_signals.fetch_add(1); }

}  // namespace

InterruptCount::InterruptCount() {
  count_of_signals = 0;
  for (size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action {};
    action.sa_handler = kSignals[i] == SIGPIPE ? SIG_IGN : count_one;
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &action, nullptr);
  }
}

InterruptCount::~InterruptCount() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
}

const std::atomic<int>& InterruptCount::count() const { return count_of_signals; }

}  // namespace sslx::sweep
