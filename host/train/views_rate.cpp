#include "host/train/views_rate.h"

#include <algorithm>
#include <chrono>

namespace sslx::train {

using Clock = std::chrono::steady_clock;

double views_a_second(const data::ViewPipeline& pipeline, int64_t batch, double seconds) {
  std::vector<double> rates;
  std::vector<int64_t> indices(static_cast<size_t>(batch));
  const Clock::time_point begin = Clock::now();
  int64_t next = 0;
  data::ViewMemory memory;
  for (int64_t round = 0;
       round < 5 || Clock::now() - begin < std::chrono::duration<double>(seconds); ++round) {
    for (int64_t& index : indices) index = next++ * 7919 % pipeline.size();
    const Clock::time_point start = Clock::now();
    pipeline.make(round, indices, memory);
    const double taken = std::chrono::duration<double>(Clock::now() - start).count();
    rates.push_back(static_cast<double>(batch * pipeline.view_count()) / taken);
  }
  std::ranges::nth_element(rates, rates.begin() + static_cast<ptrdiff_t>(rates.size() / 2));
  return rates[rates.size() / 2];
}

}  // namespace sslx::train
