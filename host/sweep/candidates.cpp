#include "host/sweep/candidates.h"

#include <algorithm>
#include <iterator>
#include <random>

namespace sslx::sweep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRetake{500};  // how often a claim of another command is tried

bool is_due(const Candidate& one) { return one.next_try <= Clock::now(); }

}  // namespace

void Candidates::add_later(Candidate one) {
  one.next_try = Clock::now() + kRetake;
  add(std::move(one));
}

void Candidates::begin_anywhere() {
  if (all_.empty()) return;
  std::random_device random;
  std::uniform_int_distribution<ptrdiff_t> places(0, std::ssize(all_) - 1);
  all_.splice(all_.end(), all_, all_.begin(), std::next(all_.begin(), places(random)));
}

bool Candidates::are_due() const { return std::ranges::all_of(all_, is_due); }

void Candidates::start(const std::function<bool()>& full, const Ask& waits, const Ask& start) {
  std::list<Candidate> held;
  for (auto at = all_.begin(); at != all_.end() && !full();) {
    if (!is_due(*at) || waits(*at)) {
      ++at;
    } else if (start(*at)) {
      at = all_.erase(at);
    } else {
      at->next_try = Clock::now() + kRetake;
      held.splice(held.end(), all_, at++);
    }
  }
  all_.splice(all_.end(), held);
}

}  // namespace sslx::sweep
