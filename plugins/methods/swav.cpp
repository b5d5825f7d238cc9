// SwAV: each view predicts the code of another, its soft assignment to prototypes that the batch
// uses alike; no negatives. Caron et al. 2020, Unsupervised Learning of Visual Features by
// Contrasting Cluster Assignments, arXiv:2006.09882.
#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/kept.h>
#include <sslx/key_queue.h>
#include <sslx/losses.h>
#include <sslx/multi_crop.h>
#include <sslx/precision.h>
#include <sslx/sinkhorn.h>

#include <cmath>
#include <vector>

#include "swav_projector.h"

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("temperature", 0.1, "of the predictions, tau in eq. 2").above(0),
    sslx::real("epsilon", 0.05, "smoothness of the codes, eq. 3 (0.03 if the loss stays at ln K)")
        .above(0),
    sslx::integer("sinkhorn_iterations", 3, "passes over prototypes and images").at_least(0),
    sslx::integer("prototypes", 3000, "K").at_least(2),
    sslx::integer("frozen_steps", 313, "steps in which the prototypes stay as they begin")
        .at_least(0),
    sslx::integer("queue", 0,
                  "earlier images of each global view that codes are made with, for batches "
                  "smaller than K; 0 is none (3840 at batch 256)")
        .at_least(0),
    sslx::integer("queue_from_step", 0, "the step from which the queue is filled (epoch 15)")
        .at_least(0),
    sslx::kProjectorHidden,
    sslx::kProjectorOutput,
    sslx::norm_parameter("head_norm"),
    sslx::groups_parameter("head_groups")};

class SwAV : public sslx::PairMethod {
 public:
  explicit SwAV(const sslx::MethodContext& context)
      : PairMethod(context, {.passes = sslx::Passes::kEachSize}),
        temperature_(context.parameters.real("temperature")),
        epsilon_(context.parameters.real("epsilon")),
        iterations_(context.parameters.integer("sinkhorn_iterations")),
        frozen_steps_(context.parameters.integer("frozen_steps")),
        queue_from_step_(context.parameters.integer("queue_from_step")),
        group_(context.group),
        encoder_(register_module("encoder", sslx::Encoder(context.make_backbone(),
                                                          sslx::mlp_options(context.parameters)))) {
    const int64_t width = context.parameters.integer("output_width");
    prototypes_ = register_module(
        "prototypes",
        torch::nn::Linear(
            torch::nn::LinearOptions(width, context.parameters.integer("prototypes")).bias(false)));
    normalise_prototypes();
    const int64_t length = context.parameters.integer("queue");
    if (length % group_->size() != 0) {
      throw sslx::input_error(fmt::format(
          "queue is {} and train.processes is {}; it must be a multiple, for each to have a share",
          length, group_->size()));
    }
    for (const char* name : {"queue0", "queue1"}) {
      if (length == 0) continue;
      queues_.push_back(register_module(name, sslx::KeyQueue(length, width, context.generator)));
    }
    const auto count = [this](const char* name) {
      return sslx::Kept<int64_t>(register_buffer(name, torch::zeros({}, torch::kInt64)));
    };
    queued_ = count("queued");
    steps_ = count("steps");
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    step_ = steps_.value();
    sslx::Loss out = PairMethod::loss(batch);
    out.chance = std::log(prototypes_->weight.size(0));
    out.diagnostics["prototypes_used"] = used_;
    return out;
  }

  // Before the next step's forward pass, as the authors' code does at its beginning.
  void after_step(const sslx::Step&) override {
    steps_.add(1);
    normalise_prototypes();
  }

  Tensor embed(const Tensor& images) override { return encoder_->backbone->forward(images); }

 protected:
  sslx::Encoded student(const Tensor& images) override {
    const Tensor z = sslx::unit_rows(encoder_->forward(images));
    const bool frozen = step_ < frozen_steps_;
    return {z, scores(z, frozen ? prototypes_->weight.detach() : prototypes_->weight)};
  }

  /// The codes of both global views, from the batch's scores and the old queue's by today's
  /// prototypes (section 4.1, "Working with small batches").
  sslx::Tensors targets(std::span<const Tensor>, std::span<const sslx::Encoded> seen) override {
    const torch::NoGradGuard guard;
    sslx::Tensors out;
    const bool full = !queues_.empty() && queued_.value() >= queues_[0]->length();
    for (size_t i = 0; i < seen.size(); ++i) {
      Tensor all = seen[i].p;
      if (full) all = torch::cat({all, scores(own_share(queues_[i]->keys()), prototypes_->weight)});
      const Tensor codes = sslx::sinkhorn(all, epsilon_, iterations_, *group_);
      out.push_back(codes.slice(0, 0, seen[i].p.size(0)));
    }
    // How many prototypes the predictions use: the exponential of their mean's entropy.
    const Tensor mean = (seen[0].p / temperature_).softmax(1).mean(0);
    used_ = (-torch::xlogy(mean, mean).sum()).exp();
    if (is_training() && step_ >= queue_from_step_) enqueue(seen);
    return out;
  }

  sslx::Loss pair(const sslx::Encoded& view, const Tensor& target) override {
    return {sslx::code_prediction(view.p, target, temperature_), {}};
  }

 private:
  /// Codes are exponentials of these over epsilon: bf16 would be wrong by some percent.
  static Tensor scores(const Tensor& z, const Tensor& prototypes) {
    const sslx::FullPrecision guard(z.device().type());
    return torch::mm(z, prototypes.t());
  }

  void enqueue(std::span<const sslx::Encoded> seen) {
    for (size_t i = 0; i < queues_.size(); ++i) queues_[i]->push(group_->gather(seen[i].z));
    queued_.add(seen[0].z.size(0) * group_->size());
  }

  /// The codes are those of all processes' scores: each brings its share of the queue.
  Tensor own_share(const Tensor& keys) const {
    const int64_t count = keys.size(0) / group_->size();
    return keys.narrow(0, group_->rank() * count, count);
  }

  void normalise_prototypes() {
    const torch::NoGradGuard guard;
    prototypes_->weight.copy_(sslx::unit_rows(prototypes_->weight));
  }

  double temperature_, epsilon_;
  int64_t iterations_, frozen_steps_, queue_from_step_;
  int64_t step_ = 0;  ///< Of the batch that is at hand.
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder encoder_;
  torch::nn::Linear prototypes_{nullptr};
  std::vector<sslx::KeyQueue> queues_;  ///< One of each global view, or none.
  sslx::Kept<int64_t> queued_, steps_;
  Tensor used_;
};

}  // namespace

SSLX_METHOD(SwAV, "swav", "1.0.0", "each view predicts another's assignment to prototypes",
            "Caron et al. 2020, arXiv:2006.09882", kParameters);
SSLX_DIAGNOSTICS("prototypes_used output_deviation output_rank");
// In its first steps, method.frozen_steps.
SSLX_WITHOUT_GRADIENT("prototypes.weight");
