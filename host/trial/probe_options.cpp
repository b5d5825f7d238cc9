#include "host/trial/probe_options.h"

namespace sslx::train {

Split labelled(const Split& split) {
  const torch::Tensor rows = split.labels.ge(0).nonzero().flatten();
  if (rows.size(0) == split.labels.size(0)) return split;
  return {split.images.subset(rows), split.labels.index_select(0, rows)};
}

evaluate::KnnOptions knn_options(const nlohmann::json& config) {
  return {config.at("k").get<int64_t>(), config.at("temperature").get<double>()};
}

evaluate::LinearOptions linear_options(const nlohmann::json& config) {
  evaluate::LinearOptions out;
  out.epochs = config.at("epochs").get<int64_t>();
  out.batch_size = config.at("batch_size").get<int64_t>();
  out.rates = config.at("lr").get<std::vector<double>>();
  out.momentum = config.at("momentum").get<double>();
  out.weight_decay = config.at("weight_decay").get<double>();
  out.validation = config.at("validation").get<double>();
  // Left out of a trial at their defaults.
  out.nesterov = config.value("nesterov", false);
  out.standardise = config.value("features", "standardised") == "standardised";
  out.steps = config.value("schedule", "cosine") == "step";
  out.milestones = config.value("milestones", out.milestones);
  out.gamma = config.value("gamma", out.gamma);
  return out;
}

}  // namespace sslx::train
