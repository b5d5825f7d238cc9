#include "host/tools/views_rate.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace sslx::train {
namespace {

using Clock = std::chrono::steady_clock;

/// Views a second of one batch.
double rate_of(const data::ViewPipeline& pipeline, int64_t epoch,
               const std::vector<int64_t>& indices, data::ViewMemory& memory) {
  const Clock::time_point start = Clock::now();
  pipeline.make(epoch, indices, memory);
  const double taken = std::chrono::duration<double>(Clock::now() - start).count();
  return static_cast<double>(indices.size()) * static_cast<double>(pipeline.view_count()) / taken;
}

}  // namespace

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double views_a_second(const data::ViewPipeline& pipeline, int64_t batch, double seconds) {
  std::vector<double> rates;
  std::vector<int64_t> indices(static_cast<size_t>(batch));
  const Clock::time_point begin = Clock::now();
  int64_t next = 0;
  data::ViewMemory memory;
  for (int64_t round = 0;
       round < 5 || Clock::now() - begin < std::chrono::duration<double>(seconds); ++round) {
    for (int64_t& index : indices) index = next++ * 7919 % pipeline.size();
    rates.push_back(rate_of(pipeline, round, indices, memory));
  }
  return median(std::move(rates));
}

double first_views_a_second(const std::function<data::ViewPipeline()>& pipeline, int rounds) {
  std::vector<double> rates;
  data::ViewMemory memory;
  for (int round = 0; round < rounds; ++round) {
    const data::ViewPipeline fresh = pipeline();
    std::vector<int64_t> all(static_cast<size_t>(fresh.size()));
    std::iota(all.begin(), all.end(), 0);
    rates.push_back(rate_of(fresh, round, all, memory));
  }
  return median(std::move(rates));
}

}  // namespace sslx::train
