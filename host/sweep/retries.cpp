#include "host/sweep/retries.h"

#include <fmt/format.h>

#include <algorithm>

namespace sslx::sweep {

bool may_try_again(const Outcome& outcome, int tried_again, int retries) {
  if (outcome.reason == kOutOfMemory) return tried_again < std::min(1, retries);
  const bool by_chance =
      outcome.state == "crashed" || outcome.state == "lost" || outcome.reason == kPeer;
  return by_chance && tried_again < retries;
}

std::string last_message(const Outcome& outcome, const std::vector<Outcome>& earlier) {
  std::string out = outcome.message;
  const auto alike = [&](const Outcome& one) {
    return one.state == outcome.state && one.reason == outcome.reason &&
           one.message == outcome.message;
  };
  if (!outcome.is_failure()) return out;
  if (!earlier.empty()) {
    out += fmt::format("; it is given up after {} attempts{}", earlier.size() + 1,
                       std::ranges::all_of(earlier, alike) ? " that ended alike" : "");
  }
  if (outcome.reason == kOutOfMemory) {
    out += "; a smaller train.batch_size with train.accumulate, or a smaller model, needs less";
  }
  return out;
}

}  // namespace sslx::sweep
