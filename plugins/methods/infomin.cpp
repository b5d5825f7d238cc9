// InfoMin: good views share what the task needs and no more, so the choice of views is the method:
// MoCo v2 under stronger augmentations (InfoMin Aug), with PIRL's jigsaw as a second task. Tian et
// al. 2020, What Makes for Good Views for Contrastive Learning?, arXiv:2005.10243.
//
// The recipe is the sweep's (sweeps/infomin.toml). The metric `mi_bound` is I_NCE = ln(K+1) - L in
// nats (section 3.1): a lower bound of what two views share, never above ln(K+1).
#include <sslx/error.h>
#include <sslx/key_queue.h>
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/modules.h>
#include <sslx/patch_stack.h>

#include <cmath>

#include "jigsaw_head.h"
#include "moco_shuffle.h"

namespace {

constexpr std::array kParameters{
    sslx::real("temperature", 0.15, "softmax temperature tau").above(0),
    sslx::real("momentum", 0.999, "of the key encoder").between(0, 1),
    sslx::integer("queue", 65536, "keys kept as negatives").at_least(1),
    sslx::integer("bn_groups", 1,
                  "parts of a batch that batch norm takes apart; 8 in the paper, a GPU each")
        .at_least(1),
    sslx::boolean("shuffle", true, "keys are dealt to other parts than their queries, as in MoCo"),
    sslx::choice("head", "mlp", "linear|mlp", "projection head, of the views and of a piece"),
    sslx::integer("output_width", 128, "width of the keys").at_least(1),
    // None in the paper, as in MoCo v2's.
    sslx::norm_parameter("head_norm", "none"), sslx::groups_parameter("head_groups"),
    sslx::boolean("jigsaw", false,
                  "a third view, cut by `patches`, is recognised from its shuffled pieces"),
    sslx::integer("pieces", 9, "that the jigsaw's recipe cuts an image into").at_least(2),
    sslx::real("jigsaw_weight", 0.5, "beta: the loss is (1 - beta) L + beta L_jigsaw")
        .between(0, 1)};

sslx::MlpOptions head_options(const sslx::Parameters& p, int64_t features) {
  sslx::MlpOptions out;
  out.input = features;
  out.hidden = features;
  out.output = p.integer("output_width");
  out.layers = p.choice("head") == "mlp" ? 2 : 1;
  out.norm = sslx::norm_options(p, "head_norm", "head_groups");
  return out;
}

sslx::Encoder make_encoder(const sslx::MethodContext& context) {
  const auto backbone = context.make_backbone();
  return sslx::Encoder(backbone, head_options(context.parameters, backbone->feature_dim()));
}

class InfoMin : public sslx::Method {
 public:
  explicit InfoMin(const sslx::MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        momentum_(context.parameters.real("momentum")),
        jigsaw_weight_(context.parameters.real("jigsaw_weight")),
        pieces_(context.parameters.integer("pieces")),
        bn_groups_(context.parameters.integer("bn_groups")),
        group_(context.group),
        query_(register_module("query", make_encoder(context))),
        key_(register_module("key", make_encoder(context))) {
    const sslx::Parameters& p = context.parameters;
    sslx::copy_frozen(*query_, *key_);
    queue_ = register_module(
        "queue", sslx::KeyQueue(p.integer("queue"), p.integer("output_width"), context.generator));
    if (p.boolean("jigsaw")) {
      const auto piece = head_options(p, query_->backbone->feature_dim());
      jigsaw_ = register_module("jigsaw", sslx::JigsawHead(piece, pieces_, context.generator));
    }
    // The last to draw: in one process there may be none, and all else is the same.
    if (p.boolean("shuffle") && bn_groups_ * group_->size() > 1) {
      shuffle_ = register_module("shuffle", sslx::Shuffle(context.generator));
    }
  }

  int64_t view_count() const override { return jigsaw_ ? 3 : 2; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const double chance = std::log(static_cast<double>(queue_->length()) + 1);
    const torch::Tensor q = sslx::encode_in_groups(query_, batch.views[0], bn_groups_);
    const torch::Tensor k = keys(batch.views[1]);
    const sslx::ContrastiveLoss out = sslx::info_nce(q, k, queue_->keys(), temperature_);
    queue_->see(k);
    sslx::Loss all{out.value,
                   {{"contrastive_accuracy", out.accuracy},
                    {"output_deviation", sslx::output_deviation(q)},
                    {"mi_bound", chance - out.value.detach()}},
                   chance};
    if (jigsaw_) add_jigsaw(batch.views[2], k, all);
    return all;
  }

  /// Queue and key encoder stand still while a step's gradients are gathered.
  void after_step(const sslx::Step&) override {
    queue_->advance(*group_);
    sslx::momentum_update(*query_, *key_, momentum_);
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    return query_->backbone->forward(images);
  }

  bool separable() const override { return true; }

 private:
  torch::Tensor keys(const torch::Tensor& images) {
    const torch::NoGradGuard guard;
    return sslx::unit_rows(sslx::encode_shuffled(shuffle_, *group_, key_, images, bn_groups_));
  }

  /// The pieces against the whole image's key (appendix; the code's head_jig).
  void add_jigsaw(const torch::Tensor& stack, const torch::Tensor& k, sslx::Loss& all) {
    if (sslx::patch_count(stack) != pieces_) {
      throw sslx::input_error("the jigsaw's view has " + std::to_string(sslx::patch_count(stack)) +
                              " pieces, and method.pieces says " + std::to_string(pieces_) +
                              "; the third view's recipe must cut as many with 'patches'");
    }
    const torch::Tensor features = query_->backbone->forward(sslx::unstacked(stack));
    const sslx::ContrastiveLoss jigsaw =
        sslx::info_nce(jigsaw_->forward(features), k, queue_->keys(), temperature_);
    all.diagnostics["jigsaw_loss"] = jigsaw.value.detach();
    all.diagnostics["jigsaw_accuracy"] = jigsaw.accuracy;
    all.value = (1 - jigsaw_weight_) * all.value + jigsaw_weight_ * jigsaw.value;
  }

  double temperature_;
  double momentum_;
  double jigsaw_weight_;
  int64_t pieces_;
  int64_t bn_groups_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder query_;
  sslx::Encoder key_;
  sslx::KeyQueue queue_{nullptr};
  sslx::Shuffle shuffle_{nullptr};
  sslx::JigsawHead jigsaw_{nullptr};
};

}  // namespace

SSLX_METHOD(InfoMin, "infomin", "1.2.0",
            "MoCo v2 under stronger augmentations, with a jigsaw of the image's pieces",
            "Tian et al. 2020, arXiv:2005.10243", kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation mi_bound jigsaw_loss jigsaw_accuracy");
