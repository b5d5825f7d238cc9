#include "host/tools/check/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace sslx::check {

Outcome images_a_second(int64_t images, int threads, const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  constexpr int kCalls = 5;
  std::vector<double> seconds;
  work();
  for (int i = 0; i < kCalls; ++i) {
    const Clock::time_point begin = Clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
  }
  std::ranges::nth_element(seconds, seconds.begin() + kCalls / 2);
  return passed(fmt::format("{:.0f} images a second, {} at a time on {}",
                            static_cast<double>(images) / seconds[kCalls / 2], images,
                            threads == 1 ? "one thread" : fmt::format("{} threads", threads)));
}

}  // namespace sslx::check
