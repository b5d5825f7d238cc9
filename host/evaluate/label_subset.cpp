#include "host/evaluate/label_subset.h"

#include <algorithm>
#include <cmath>

#include "host/data/sampler.h"

namespace sslx::evaluate {
namespace {

/// The draw of the order in which labels are revealed; no training reaches this epoch, and the
/// linear probe's split has another.
constexpr uint32_t kSubsetEpoch = 0xFFFFFFFEU;

}  // namespace

torch::Tensor label_subset(const torch::Tensor& labels, int64_t classes, double share,
                           uint64_t seed) {
  const auto label = labels.accessor<int64_t, 1>();
  const auto labelled = static_cast<double>(labels.ge(0).sum().item<int64_t>());
  const auto wanted =
      std::max<int64_t>(1, std::llround(share * labelled / static_cast<double>(classes)));
  std::vector<int64_t> taken(static_cast<size_t>(classes), 0);
  std::vector<int64_t> out;
  for (const int64_t image :
       data::Sampler(labels.size(0), labels.size(0), false, seed).order(kSubsetEpoch)) {
    if (label[image] < 0 || taken[static_cast<size_t>(label[image])]++ >= wanted) continue;
    out.push_back(image);
  }
  std::ranges::sort(out);
  return torch::tensor(out);
}

bool is_even(const torch::Tensor& labels, int64_t classes) {
  const torch::Tensor counts = torch::bincount(labels, /*weights=*/{}, classes);
  return counts.eq(counts[0]).all().item<bool>();
}

}  // namespace sslx::evaluate
