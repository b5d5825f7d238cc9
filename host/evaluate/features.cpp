#include "host/evaluate/features.h"

namespace sslx::evaluate {

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
    parts.push_back(method.embed(batch).to(torch::kCPU, torch::kFloat32));
  }
  method.train(was_training);
  return {torch::cat(parts), labels};
}

}  // namespace sslx::evaluate
