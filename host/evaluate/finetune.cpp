#include "host/evaluate/finetune.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/machine/beacon.h"
#include "host/train/loss_checks.h"
#include "host/train/loss_trace.h"

namespace sslx::evaluate {

FineTuned::FineTuned(std::shared_ptr<Method> method, int64_t classes, const torch::Tensor& images)
    : method_(register_module("method", std::move(method))) {
  const torch::NoGradGuard guard;
  method_->eval();
  const torch::Tensor features = method_->transfer_features(images);
  train::check_features(features, images.size(0));
  const int64_t width = features.size(1);
  classifier_ = register_module("classifier", torch::nn::Linear(width, classes));
  classifier_->weight.zero_();
  classifier_->bias.zero_();
  classifier_->to(images.device());
}

torch::Tensor FineTuned::logits(const torch::Tensor& images) {
  return classifier_->forward(method_->transfer_features(images).to(torch::kFloat32))
      .to(torch::kFloat32);
}

torch::Tensor FineTuned::loss(const Batch& batch) {
  const torch::Tensor features = method_->transfer_features(batch.views[0]);
  if (!features.requires_grad()) {
    throw Error(
        ErrorKind::kRun,
        "its transfer_features() carries no gradient, so that nothing can be fine-tuned; it "
        "must not compute them under torch::NoGradGuard");
  }
  const torch::Tensor logits = classifier_->forward(features.to(torch::kFloat32));
  return torch::cross_entropy_loss(logits.to(torch::kFloat32), batch.labels);
}

void StageLesson::record(const train::Recorded& step) {
  journal_.metric(step.at.step + 1, step.at.epoch + 1, {{name_ + "_loss", step.values.at("loss")}});
}

void StageLesson::trace(int64_t first, const torch::Tensor& losses) {
  train::write_losses(journal_, name_, first, losses);
}

int64_t stage_batch(const nlohmann::json& config, int64_t images) {
  return std::min(config.at("batch_size").get<int64_t>(), images);
}

train::LoopPlan stage_plan(const nlohmann::json& config, int64_t epochs, int64_t images,
                           uint64_t seed) {
  train::LoopPlan plan;
  plan.optimiser = config;
  plan.epochs = epochs;
  plan.batch_size = stage_batch(config, images);
  plan.seed = seed;
  return plan;
}

torch::Tensor classify(Classifying& network, const data::Images& images, const Prepare& prepare,
                       torch::Device device, int64_t batch_size) {
  const torch::NoGradGuard guard;
  network.eval();
  std::vector<torch::Tensor> out;
  for (int64_t start = 0; start < images.size(); start += batch_size) {
    const int64_t end = std::min(start + batch_size, images.size());
    const torch::Tensor batch = prepare(images.range(start, end)).to(device);
    out.push_back(network.logits(batch).argmax(1).to(torch::kCPU));
    machine::sign_of_life();
  }
  return torch::cat(out);
}

std::string share_name(double share) { return fmt::format("{:g}pct", 100 * share); }

}  // namespace sslx::evaluate
