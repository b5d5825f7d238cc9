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

torch::Tensor read_features(Method& method, const torch::Tensor& images, Reads reads) {
  const torch::NoGradGuard guard;
  const bool was_training = method.is_training();
  method.eval();
  const torch::Tensor out =
      reads == Reads::kOutputs ? method.outputs(images) : method.embed(images);
  method.train(was_training);
  train::check_features(out, images.size(0));
  return out.to(torch::kCPU, torch::kFloat32);
}

FeatureSet extract_features(Method& method, const data::Images& images, const torch::Tensor& labels,
                            const Prepare& prepare, torch::Device device, int64_t batch_size,
                            Reads reads) {
  std::vector<torch::Tensor> parts;
  for (int64_t start = 0; start < images.size(); start += batch_size) {
    const int64_t end = std::min(start + batch_size, images.size());
    const torch::Tensor batch = prepare(images.range(start, end)).to(device);
    parts.push_back(read_features(method, batch, reads));
    machine::sign_of_life();
  }
  const torch::Tensor all = torch::cat(parts);
  check_finite(all);
  return {all, labels};
}

}  // namespace sslx::evaluate
