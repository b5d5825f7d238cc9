// InstDisc: every image is a class of its own, and its weight is its feature when it was last seen,
// in a memory bank. Wu et al. 2018, Unsupervised Feature Learning via Non-Parametric Instance
// Discrimination, arXiv:1805.01978.
#include <sslx/memory_bank.h>
#include <sslx/method.h>
#include <sslx/modules.h>

namespace {

constexpr std::array kParameters{
    sslx::real("temperature", 0.07, "softmax temperature tau, eq. 2 (0.1 on CIFAR-10)").above(0),
    sslx::choice("form", "nce", "nce|softmax", "nce is eq. 5 to 8, softmax is eq. 2"),
    sslx::integer("negatives", 4096, "drawn from the bank; 0 takes all images (softmax, CIFAR-10)")
        .at_least(0),
    sslx::real("bank_momentum", 0.5, "of a bank's row when its image is seen (the code; paper: 0)")
        .between(0, 1),
    sslx::real("proximal", 0.0, "weight lambda of the proximal term, eq. 10 (the code: 0)")
        .at_least(0),
    sslx::integer("output_width", 128, "width of the features in the bank").at_least(1)};

class InstDisc : public sslx::Method {
 public:
  explicit InstDisc(const sslx::MethodContext& context)
      : proximal_(context.parameters.real("proximal")),
        group_(context.group),
        encoder_(register_module("encoder", sslx::Encoder(context.make_backbone(),
                                                          sslx::linear_head(context.parameters)))),
        bank_(register_module(
            "bank", sslx::MemoryBank(sslx::memory_bank_options(context), context.generator))) {}

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const torch::Tensor f = encoder_->forward(batch.views[0]);
    const sslx::ContrastiveLoss out = bank_->score(f, batch.indices);
    torch::Tensor value = out.value;
    if (proximal_ > 0) value = value + proximal_ * bank_->proximal(f, batch.indices);
    if (is_training()) seen_.see(f, batch.indices);
    sslx::Loss loss{
        value,
        {{"contrastive_accuracy", out.accuracy}, {"output_deviation", sslx::output_deviation(f)}}};
    if (proximal_ == 0) loss.chance = bank_->chance();
    return loss;
  }

  // The authors write the bank in the backward pass, with the features that were scored: after the
  // step nothing needs the old rows any more, and they need no copy.
  void after_step(const sslx::Step&) override { seen_.give(bank_, *group_); }

  bool separable() const override { return true; }

  torch::Tensor embed(const torch::Tensor& images) override {
    return encoder_->backbone->forward(images);
  }

 private:
  double proximal_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder encoder_;
  sslx::MemoryBank bank_;
  sslx::BankUpdates seen_;
};

}  // namespace

SSLX_METHOD(InstDisc, "instdisc", "1.0.0",
            "each image is a class: a view against a memory bank of all images",
            "Wu et al. 2018, arXiv:1805.01978", kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation");
