// SimCLR: two augmented views of each image attract, the other views of the batch repel.
// Chen et al. 2020, A Simple Framework for Contrastive Learning of Visual Representations,
// arXiv:2002.05709; v2 (deeper head, fine-tuned from its middle, a memory): Chen et al. 2020,
// arXiv:2006.10029.
#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/multi_crop.h>
#include <sslx/schedule.h>
#include <sslx/shards.h>
#include <sslx/torch.h>

#include <cmath>

#include "simclr_memory.h"

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("temperature", 0.1, "softmax temperature tau, eq. 1 (0.5 on CIFAR-10)").above(0),
    sslx::schedule_parameter("temperature"), sslx::final_parameter("temperature", 0.1),
    sslx::share_parameter("temperature"),
    sslx::choice("head", "nonlinear", "none|linear|nonlinear",
                 "the projection head g, section 4.2"),
    sslx::integer("head_layers", 2, "linear layers of a nonlinear head: 2 in v1, 3 in v2")
        .at_least(2),
    sslx::integer("hidden_width", 0, "width of the head's hidden layers; 0 is the features'")
        .at_least(0),
    sslx::integer("output_width", 128, "width of z").at_least(1),
    // Batch norm after every linear layer, as in the authors' code.
    sslx::norm_parameter("head_norm"), sslx::groups_parameter("head_groups"),
    sslx::boolean("output_shift", false,
                  "the norm after the head's last layer learns a shift (the code: a scale alone)"),
    sslx::integer("finetune_layer", 0,
                  "fine-tuning begins from the output of so many layers of the head; v2: 1")
        .at_least(0),
    sslx::integer("memory", 0, "outputs of a momentum network that are negatives too; v2: 65536")
        .at_least(0),
    sslx::real("momentum", 0.999, "of the memory's network").between(0, 1),
    sslx::schedule_parameter("momentum"), sslx::final_parameter("momentum", 1),
    sslx::share_parameter("momentum")};

/// But for the widths that are the features'.
sslx::MlpOptions head_options(const sslx::Parameters& p) {
  const std::string& head = p.choice("head");
  sslx::MlpOptions options = sslx::mlp_options(p);
  options.layers = head == "none" ? 0 : head == "linear" ? 1 : p.integer("head_layers");
  options.output_norm = true;
  options.output_norm_shift = p.boolean("output_shift");
  return options;
}

class SimCLR : public sslx::PairMethod {
 public:
  // Both views pass as one batch, so that batch norm sees 2B images (appendix B of the authors'
  // code).
  explicit SimCLR(const sslx::MethodContext& context)
      : PairMethod(context,
                   {.passes = sslx::Passes::kEachSize, .symmetric = true, .stop_gradient = false}),
        temperature_(register_module(
            "temperature", sslx::Scheduled(sslx::ramp(context.parameters, "temperature")))),
        momentum_(sslx::ramp(context.parameters, "momentum")),
        finetune_layer_(context.parameters.integer("finetune_layer")),
        group_(context.group),
        encoder_(register_module(
            "encoder", sslx::Encoder(context.make_backbone(), head_options(context.parameters)))) {
    const int64_t layers = head_options(context.parameters).layers;
    if (finetune_layer_ > layers) {
      throw sslx::input_error(fmt::format(
          "finetune_layer is {}, but the head has {} layers; it must be at most that many",
          finetune_layer_, layers));
    }
    if (context.parameters.integer("memory") > 0) make_memory(context);
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    sslx::Loss out = PairMethod::loss(batch);
    if (!memory_.is_empty() && is_training()) {
      memory_->see({batch.views[0], batch.views[1]});
    }
    return out;
  }

  void after_step(const sslx::Step& step) override {
    temperature_->advance(step);
    if (memory_.is_empty()) return;
    memory_->update(*encoder_, momentum_.at(step.progress()), *group_);
  }

  Tensor embed(const Tensor& images) override { return encoder_->backbone->forward(images); }

  // A layer of the head ends with its ReLU, the last one with the head.
  Tensor transfer_features(const Tensor& images) override {
    Tensor out = encoder_->backbone->forward(images);
    int64_t layers = finetune_layer_;
    for (auto part = encoder_->head->begin(); layers > 0 && part != encoder_->head->end(); ++part) {
      out = part->forward(out);
      if (part->ptr()->as<torch::nn::ReLU>() != nullptr) --layers;
    }
    return out;
  }

 protected:
  sslx::Encoded student(const Tensor& images) override {
    const Tensor z = encoder_->forward(images);
    return {z, z};
  }

  sslx::Loss pair(const sslx::Encoded& view, const Tensor& other) override {
    const Tensor memory = memory_.is_empty() ? Tensor() : memory_->rows();
    const sslx::ContrastiveLoss out =
        sslx::nt_xent(view.z, other, memory, temperature_->value(), *group_);
    const int64_t others = 2 * other.size(0) * group_->size() - 1;
    const int64_t candidates = others + (memory.defined() ? memory.size(0) : 0);
    return {out.value,
            {{"contrastive_accuracy", out.accuracy}},
            std::log(static_cast<double>(candidates))};
  }

 private:
  void make_memory(const sslx::MethodContext& context) {
    const sslx::Parameters& p = context.parameters;
    const bool has_head = p.choice("head") != "none";
    const int64_t width = has_head ? p.integer("output_width") : encoder_->backbone->feature_dim();
    memory_ = register_module(
        "memory", sslx::ViewMemory(sslx::Encoder(context.make_backbone(), head_options(p)),
                                   p.integer("memory"), width, context.generator));
    memory_->begin_as(*encoder_);
  }

  sslx::Scheduled temperature_;
  sslx::Ramp momentum_;
  int64_t finetune_layer_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder encoder_;
  sslx::ViewMemory memory_{nullptr};
};

}  // namespace

SSLX_METHOD(SimCLR, "simclr", "2.1.0", "two views of an image against the rest of the batch",
            "Chen et al. 2020, arXiv:2002.05709; v2: arXiv:2006.10029", kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation output_rank");
