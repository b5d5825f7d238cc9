#include "host/evaluate/features.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/machine/beacon.h"
#include "host/train/loss_checks.h"

namespace sslx::evaluate {
namespace {

/// Probes would make a figure of them all the same.
void check_finite(const torch::Tensor& features) {
  const torch::Tensor whole = features.isfinite().all(1);
  const int64_t bad = features.size(0) - whole.sum().item<int64_t>();
  if (bad == 0) return;
  throw Error(ErrorKind::kRun,
              fmt::format("the features that it gave of {} of {} images are not finite", bad,
                          features.size(0)));
}

}  // namespace

FeatureSet only_intact(const FeatureSet& all, const data::Images& images) {
  const torch::Tensor rows = images.intact();
  if (rows.size(0) == all.size()) return all;
  return {all.features.index_select(0, rows), all.labels.index_select(0, rows)};
}

FeatureSet extract_features(Method& method, const data::Images& images, const torch::Tensor& labels,
                            const Prepare& prepare, torch::Device device, int64_t batch_size) {
  const torch::NoGradGuard guard;
  const bool was_training = method.is_training();
  method.eval();
  std::vector<torch::Tensor> parts;
  for (int64_t start = 0; start < images.size(); start += batch_size) {
    const int64_t end = std::min(start + batch_size, images.size());
    const torch::Tensor batch = prepare(images.range(start, end)).to(device);
    const torch::Tensor features = method.embed(batch);
    train::check_features(features, end - start);
    parts.push_back(features.to(torch::kCPU, torch::kFloat32));
    machine::sign_of_life();
  }
  method.train(was_training);
  const torch::Tensor all = torch::cat(parts);
  check_finite(all);
  return {all, labels};
}

}  // namespace sslx::evaluate
