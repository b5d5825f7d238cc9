// MoCo: a query against its key from a slowly moving encoder and a queue of earlier keys.
// He et al. 2019, Momentum Contrast, arXiv:1911.05722; v2 (MLP head, tau 0.2, and of the trial more
// augmentation and a cosine schedule): Chen et al. 2020, arXiv:2003.04297. The mechanisms that it
// is compared with (figure 2a and 2b) are choices of `dictionary`.
#include <sslx/key_queue.h>
#include <sslx/schedule.h>
#include <sslx/shards.h>

#include "moco_bank.h"
#include "moco_encoder.h"
#include "moco_shuffle.h"

namespace {

using sslx::Loss;
using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("temperature", 0.2, "softmax temperature tau, eq. 1 (v1: 0.07)").above(0),
    sslx::schedule_parameter("temperature"), sslx::final_parameter("temperature", 0.2),
    sslx::share_parameter("temperature"),
    sslx::real("momentum", 0.999, "of the key encoder, eq. 2").between(0, 1),
    sslx::schedule_parameter("momentum"), sslx::final_parameter("momentum", 1),
    sslx::share_parameter("momentum"),
    sslx::choice("dictionary", "queue", "queue|end_to_end|bank",
                 "keys of a queue, of the batch by a trained encoder, of a memory bank; figure 2"),
    sslx::integer("queue", 65536, "keys in the queue, or drawn from the bank for each query")
        .at_least(1),
    sslx::real("bank_momentum", 0.5, "of a bank's row when its image is seen").between(0, 1),
    sslx::boolean("symmetric", false,
                  "each view is a query once, the losses added (the authors' CIFAR-10 notebook)"),
    sslx::integer("bn_groups", 1, "parts of a batch that batch norm takes apart; 8 in the papers")
        .at_least(1),
    sslx::boolean("shuffle", true, "keys are dealt to other parts than their queries, section 3.3"),
    sslx::choice("head", "mlp", "linear|mlp", "projection head: linear is v1, mlp is v2"),
    sslx::integer("output_width", 128, "width of the keys").at_least(1),
    // After the mlp's hidden layer; the authors have none there.
    sslx::norm_parameter("head_norm", "none"), sslx::groups_parameter("head_groups")};

class MoCo : public sslx::Method {
 public:
  explicit MoCo(const sslx::MethodContext& context)
      : temperature_(register_module(
            "temperature", sslx::Scheduled(sslx::ramp(context.parameters, "temperature")))),
        momentum_(sslx::ramp(context.parameters, "momentum")),
        symmetric_(context.parameters.boolean("symmetric")),
        bn_groups_(context.parameters.integer("bn_groups")),
        local_views_(context.local_views),
        group_(context.group),
        query_(register_module("query", sslx::make_moco_encoder(context))),
        key_(register_module("key", sslx::make_moco_encoder(context))) {
    const sslx::Parameters& p = context.parameters;
    sslx::momentum_update(*query_, *key_, 0);
    if (p.choice("dictionary") == "queue") {
      sslx::copy_frozen(*query_, *key_);
      queue_ = register_module(
          "queue",
          sslx::KeyQueue(p.integer("queue"), p.integer("output_width"), context.generator));
    }
    if (p.boolean("shuffle") && bn_groups_ * group_->size() > 1) {
      shuffle_ = register_module("shuffle", sslx::Shuffle(context.generator));
    }
  }

  int64_t view_count() const override { return 2 + local_views_; }

  /// In the end-to-end form the other images of the batch are the dictionary.
  bool separable() const override { return !queue_.is_empty(); }

  Loss loss(const sslx::Batch& batch) override {
    Loss out = one_way(batch, 0, 1);
    if (!symmetric_) return out;
    const Loss other = one_way(batch, 1, 0);
    out.value = out.value + other.value;
    out.chance = *out.chance + *other.chance;
    return out;
  }

  // The authors' code moves the key encoder before the key's pass, algorithm 1 after the step: the
  // same, since the encoders begin equal. Here it is once a step, of however many batches.
  void after_step(const sslx::Step& step) override {
    temperature_->advance(step);
    if (queue_.is_empty()) return;
    queue_->advance(*group_);
    sslx::momentum_update(*query_, *key_, momentum_.at(step.progress()));
  }

  Tensor embed(const Tensor& images) override { return query_->backbone->forward(images); }

 private:
  /// Eq. 1 of the queries of one view, and of the local crops, against the keys of another.
  Loss one_way(const sslx::Batch& batch, size_t from, size_t to) {
    const Tensor q = sslx::encode_in_groups(query_, batch.views[from], bn_groups_);
    const Tensor k = keys(batch.views[to]);
    if (!queue_.is_empty()) queue_->see(k);
    const sslx::ContrastiveLoss out = score(q, k);
    Tensor value = out.value;
    for (size_t view = 2; view < batch.views.size(); ++view) {
      const Tensor crop = sslx::encode_in_groups(query_, batch.views[view], bn_groups_);
      value = value + score(crop, k).value;
    }
    return {
        value / static_cast<double>(batch.views.size() - 1),
        {{"contrastive_accuracy", out.accuracy}, {"output_deviation", sslx::output_deviation(q)}},
        std::log(static_cast<double>(queue_.is_empty() ? k.size(0) * group_->size()
                                                       : queue_->length() + 1))};
  }

  /// Unit keys; only the end-to-end form has a gradient into their encoder.
  Tensor keys(const Tensor& images) {
    const torch::AutoGradMode gradient(torch::GradMode::is_enabled() && queue_.is_empty());
    return sslx::unit_rows(sslx::encode_shuffled(shuffle_, *group_, key_, images, bn_groups_));
  }

  sslx::ContrastiveLoss score(const Tensor& q, const Tensor& k) {
    const double tau = temperature_->value();
    if (queue_.is_empty()) return sslx::in_batch_info_nce(q, k, tau, *group_);
    return sslx::info_nce(q, k, queue_->keys(), tau);
  }

  sslx::Scheduled temperature_;
  sslx::Ramp momentum_;
  bool symmetric_;
  int64_t bn_groups_;
  int64_t local_views_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder query_;
  sslx::Encoder key_;
  sslx::KeyQueue queue_{nullptr};
  sslx::Shuffle shuffle_{nullptr};
};

std::shared_ptr<sslx::Method> make_moco(const sslx::MethodContext& context) {
  if (context.parameters.choice("dictionary") != "bank") return std::make_shared<MoCo>(context);
  return std::make_shared<sslx::MemoryBankForm>(context);
}

}  // namespace

SSLX_PLUGIN_("method", "moco", "2.0.0",
             "a query against a momentum encoder's key and a queue of keys",
             "He et al. 2019, arXiv:1911.05722; Chen et al. 2020, arXiv:2003.04297", kParameters,
             make_moco, nullptr, nullptr);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation");
