// CMC: two or more views of a scene attract, each with an encoder of its own. Tian et al. 2019,
// Contrastive Multiview Coding, arXiv:1906.05849.
//
// By default lightness and colour: the recipes end with `lab`, channels = "l" and "ab", after one
// `shared` crop. Of a data set that brings views (depth, normals) each recipe names a `source`.
// Evaluation's input has all views' channels in order; embed() puts all features together, unless
// it is to read view 0 alone.
#include <sslx/error.h>
#include <sslx/memory_bank.h>
#include <sslx/method.h>
#include <sslx/modules.h>

#include <cmath>
#include <numeric>

namespace {

constexpr std::array kParameters{
    sslx::integers("channels", {1, 2}, "of each view, in order; L and ab of Lab by default")
        .between(1, 4096),
    sslx::choice("graph", "core", "core|full",
                 "which views are compared: view 0 with each other one, or all pairs, section 3.3"),
    sslx::real("temperature", 0.07, "softmax temperature tau, eq. 3 (0.1 on STL-10)").above(0),
    sslx::choice("embedded", "all", "all|first",
                 "whose features evaluation reads: all views', or those of view 0 alone, of images "
                 "that have only its channels (table 5)"),
    sslx::choice("negatives_from", "bank", "bank|batch",
                 "memory banks, section 3.4, or the other view's outputs in the batch"),
    sslx::choice("form", "nce", "nce|softmax", "of the bank's loss: nce, or eq. 3 itself"),
    sslx::integer("negatives", 16384, "drawn from a bank; 0 takes all images (softmax)")
        .at_least(0),
    sslx::real("bank_momentum", 0.5, "of a bank's row when its image is seen").between(0, 1),
    sslx::integer("output_width", 128, "width of the features that are compared").at_least(1)};

class CMC : public sslx::Method {
 public:
  explicit CMC(const sslx::MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        channels_(context.parameters.integers("channels")),
        reads_all_(context.parameters.choice("embedded") == "all"),
        group_(context.group) {
    const size_t views = channels_.size();
    if (views < 2) throw sslx::input_error("cmc's channels must be of two views or more");
    const size_t anchors = context.parameters.choice("graph") == "full" ? views : 1;
    for (size_t a = 0; a < anchors; ++a) {
      for (size_t b = a + 1; b < views; ++b) pairs_.insert(pairs_.end(), {{a, b}, {b, a}});
    }
    for (size_t v = 0; v < views; ++v) {
      encoders_.push_back(register_module("view_" + std::to_string(v),
                                          sslx::Encoder(context.make_backbone_for(channels_[v]),
                                                        sslx::linear_head(context.parameters))));
    }
    if (context.parameters.choice("negatives_from") == "batch") return;
    const sslx::MemoryBankOptions bank = sslx::memory_bank_options(context);
    for (size_t v = 0; v < views; ++v) {
      banks_.push_back(
          register_module("bank_" + std::to_string(v), sslx::MemoryBank(bank, context.generator)));
    }
    seen_.resize(views);
  }

  int64_t view_count() const override { return static_cast<int64_t>(channels_.size()); }

  sslx::Loss loss(const sslx::Batch& batch) override {
    std::vector<torch::Tensor> z, deviations, values, accuracies;
    for (size_t v = 0; v < channels_.size(); ++v) {
      check_channels(batch.views[v], channels_[v], "view " + std::to_string(v));
      z.push_back(encoders_[v]->forward(batch.views[v]));
      if (!banks_.empty() && is_training()) seen_[v].see(z[v], batch.indices);
      deviations.push_back(sslx::output_deviation(z[v]));
    }
    for (const auto& [anchor, other] : pairs_) {
      const sslx::ContrastiveLoss one = against(z[anchor], z[other], other, batch.indices);
      values.push_back(one.value);
      accuracies.push_back(one.accuracy);
    }
    const double chance = banks_.empty()
                              ? std::log(static_cast<double>(z[0].size(0) * group_->size()))
                              : banks_[0]->chance();
    return {torch::stack(values).sum(),
            {{"contrastive_accuracy", torch::stack(accuracies).mean()},
             {"output_deviation", torch::stack(deviations).min()}},  // one collapsed view shows
            static_cast<double>(pairs_.size()) * chance};
  }

  /// As in InstDisc, with the features that were scored: of every batch since the last step.
  void after_step(const sslx::Step&) override {
    for (size_t v = 0; v < banks_.size(); ++v) seen_[v].give(banks_[v], *group_);
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    return of_read_views(images, [](sslx::Encoder& encoder, const torch::Tensor& view) {
      return encoder->backbone->forward(view);
    });
  }

  torch::Tensor outputs(const torch::Tensor& images) override {
    return of_read_views(images, [](sslx::Encoder& encoder, const torch::Tensor& view) {
      return encoder->forward(view);
    });
  }

  bool separable() const override { return !banks_.empty(); }

 private:
  template <typename Read>
  torch::Tensor of_read_views(const torch::Tensor& images, const Read& read) {
    if (!reads_all_) {
      check_channels(images, channels_[0], "the evaluation's input");
      return read(encoders_[0], images);
    }
    const auto all = std::accumulate(channels_.begin(), channels_.end(), int64_t{0});
    check_channels(images, all, "the evaluation's input");
    const std::vector<torch::Tensor> views = images.split_with_sizes(channels_, 1);
    std::vector<torch::Tensor> features;
    for (size_t v = 0; v < views.size(); ++v) {
      features.push_back(read(encoders_[v], views[v].contiguous()));
    }
    return torch::cat(features, 1);
  }

  static void check_channels(const torch::Tensor& images, int64_t count, const std::string& what) {
    if (images.size(1) == count) return;
    throw sslx::input_error("the channels of " + what + " are " + std::to_string(images.size(1)) +
                            ", and method.channels says " + std::to_string(count) +
                            "; its recipe must give as many ('lab', or the view's source)");
  }

  /// Eq. 7: view `other`'s memory, or its outputs (then the gradient goes into both views).
  sslx::ContrastiveLoss against(const torch::Tensor& anchors, const torch::Tensor& others,
                                size_t other, const torch::Tensor& indices) {
    if (!banks_.empty()) return banks_[other]->score(anchors, indices);
    const int64_t first = group_->rank() * anchors.size(0);
    const torch::Tensor own = torch::arange(first, first + anchors.size(0), indices.options());
    return sslx::softmax_over(sslx::unit_rows(anchors), group_->gather(sslx::unit_rows(others)),
                              own, temperature_);
  }

  double temperature_;
  std::vector<int64_t> channels_;
  bool reads_all_;
  std::shared_ptr<sslx::Group> group_;
  std::vector<std::pair<size_t, size_t>> pairs_;  ///< Anchor's view and the other one.
  std::vector<sslx::Encoder> encoders_;
  std::vector<sslx::MemoryBank> banks_;  ///< Empty: negatives from the batch.
  std::vector<sslx::BankUpdates> seen_;
};

}  // namespace

SSLX_METHOD(CMC, "cmc", "2.2.0", "two or more views of a scene, each with its encoder",
            "Tian et al. 2019, arXiv:1906.05849", kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation");
