// CMC: lightness and colour of an image attract, each with an encoder of its own. Tian et al. 2019,
// Contrastive Multiview Coding, arXiv:1906.05849.
//
// The images come in Lab from the augmentation `lab`, the last operation of a recipe: view 0 with
// channels = "l", view 1 with channels = "ab", both from one crop (its operation is `shared`).
// evaluate.ops ends with `lab` of all three channels, with the same `scaled`; embed() splits them.
#include <sslx/error.h>
#include <sslx/memory_bank.h>
#include <sslx/method.h>
#include <sslx/modules.h>

namespace {

constexpr std::array kParameters{
    sslx::real("temperature", 0.07, "softmax temperature tau, eq. 3 (0.1 on STL-10)").above(0),
    sslx::choice("negatives_from", "bank", "bank|batch",
                 "memory banks, section 3.4, or the other view's outputs in the batch"),
    sslx::choice("form", "nce", "nce|softmax", "of the bank's loss: nce, or eq. 3 itself"),
    sslx::integer("negatives", 16384, "drawn from a bank; 0 takes all images (softmax)")
        .at_least(0),
    sslx::real("bank_momentum", 0.5, "of a bank's row when its image is seen").between(0, 1),
    sslx::integer("output_width", 128, "width of the features that are compared").at_least(1)};

sslx::Encoder make_encoder(const sslx::MethodContext& context, int64_t channels) {
  sslx::MlpOptions head;
  head.output = context.parameters.integer("output_width");
  head.layers = 1;
  return sslx::Encoder(context.make_backbone_for(channels), head);
}

sslx::MemoryBank make_bank(const sslx::MethodContext& context) {
  return sslx::MemoryBank(sslx::memory_bank_options(context), context.generator);
}

class CMC : public sslx::Method {
 public:
  explicit CMC(const sslx::MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        l_(register_module("l", make_encoder(context, 1))),
        ab_(register_module("ab", make_encoder(context, 2))) {
    if (context.parameters.choice("negatives_from") == "batch") return;
    l_bank_ = register_module("l_bank", make_bank(context));
    ab_bank_ = register_module("ab_bank", make_bank(context));
  }

  sslx::Loss loss(const sslx::Batch& batch) override {
    check_channels(batch.views[0], 1, "view 0", "channels = \"l\"");
    check_channels(batch.views[1], 2, "view 1", "channels = \"ab\"");
    const torch::Tensor l = l_->forward(batch.views[0]);
    const torch::Tensor ab = ab_->forward(batch.views[1]);
    // Eq. 7: each view against the other view's memory, or outputs.
    const sslx::ContrastiveLoss from_l =
        ab_bank_ ? ab_bank_->score(l, batch.indices) : against(l, ab);
    const sslx::ContrastiveLoss from_ab =
        l_bank_ ? l_bank_->score(ab, batch.indices) : against(ab, l);
    if (l_bank_ && is_training()) seen_ = {l.detach(), ab.detach(), batch.indices};
    return {from_l.value + from_ab.value,
            {{"contrastive_accuracy", (from_l.accuracy + from_ab.accuracy) / 2},
             {"output_deviation", sslx::output_deviation(l)},
             {"colour_deviation", sslx::output_deviation(ab)}}};
  }

  // As in InstDisc, with the features that were scored.
  void after_step(const sslx::Step&) override {
    if (!seen_.l.defined()) return;
    l_bank_->update(seen_.l, seen_.indices);
    ab_bank_->update(seen_.ab, seen_.indices);
    seen_ = {};
  }

  torch::Tensor embed(const torch::Tensor& lab) override {
    check_channels(lab, 3, "the evaluation's input", "evaluate.ops, channels = \"lab\"");
    return torch::cat({l_->backbone->forward(lab.slice(1, 0, 1).contiguous()),
                       ab_->backbone->forward(lab.slice(1, 1, 3).contiguous())},
                      1);
  }

 private:
  /// What the step's loss has scored, until the banks have it.
  struct Seen {
    torch::Tensor l;
    torch::Tensor ab;
    torch::Tensor indices;
  };

  static void check_channels(const torch::Tensor& images, int64_t count, const std::string& what,
                             const std::string& where) {
    if (images.size(1) == count) return;
    throw sslx::input_error("the channels of " + what + " are " + std::to_string(images.size(1)) +
                            ", and CMC wants " + std::to_string(count) +
                            "; end its recipe with the augmentation 'lab' (" + where + ")");
  }

  /// Eq. 3 over the batch; the gradient goes into both views.
  sslx::ContrastiveLoss against(const torch::Tensor& anchors, const torch::Tensor& others) const {
    const torch::Tensor own =
        torch::arange(anchors.size(0), anchors.options().dtype(torch::kInt64));
    return sslx::softmax_over(sslx::unit_rows(anchors), sslx::unit_rows(others), own, temperature_);
  }

  double temperature_;
  sslx::Encoder l_;
  sslx::Encoder ab_;
  sslx::MemoryBank l_bank_{nullptr};
  sslx::MemoryBank ab_bank_{nullptr};
  Seen seen_;
};

}  // namespace

SSLX_METHOD(CMC, "cmc", "1.0.0", "lightness and colour of an image, against memory banks",
            "Tian et al. 2019, arXiv:1906.05849", kParameters);
