#include "host/evaluate/knn.h"

#include "host/machine/beacon.h"

namespace sslx::evaluate {
namespace {

constexpr int64_t kChunk = 512;  ///< Queries at a time, so that the similarities stay in cache.

torch::Tensor unit(const torch::Tensor& x) {
  return torch::nn::functional::normalize(x, torch::nn::functional::NormalizeFuncOptions().dim(1));
}

}  // namespace

torch::Tensor knn_predict(const torch::Tensor& queries, const FeatureSet& bank, int64_t classes,
                          const KnnOptions& options) {
  const torch::NoGradGuard guard;
  const torch::Tensor keys = unit(bank.features).t().contiguous();
  const int64_t k = std::min(options.k, bank.size());
  std::vector<torch::Tensor> out;
  for (const torch::Tensor& chunk : unit(queries).split(kChunk)) {
    const auto [similarity, neighbour] = torch::mm(chunk, keys).topk(k, 1);
    const torch::Tensor weight = (similarity / options.temperature).to(torch::kFloat64).exp();
    torch::Tensor votes = torch::zeros({chunk.size(0), classes}, torch::kFloat64);
    votes.scatter_add_(1, bank.labels.index_select(0, neighbour.flatten()).view_as(neighbour),
                       weight);
    out.push_back(votes.argmax(1));
    machine::sign_of_life();
  }
  return torch::cat(out);
}

ProbeResult knn_probe(const FeatureSet& train, const FeatureSet& test, int64_t classes,
                      const KnnOptions& options) {
  ProbeResult out;
  out.metric = "knn_top1";
  out.predictions = knn_predict(test.features, train, classes, options);
  out.accuracy = top1(out.predictions, test.labels);
  out.protocol = {{"probe", "knn"},
                  {"k", std::min(options.k, train.size())},
                  {"temperature", options.temperature},
                  {"similarity", "cosine"},
                  {"bank", "training set, unaugmented"},
                  {"selection", "none; the last epoch's weights, test set read once"}};
  return out;
}

}  // namespace sslx::evaluate
