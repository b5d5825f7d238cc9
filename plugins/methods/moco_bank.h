// The memory bank as MoCo's paper compares it (He et al. 2019, arXiv:1911.05722, figure 2b): the
// key of an image is what its query was when the image was last seen, kept for the whole data set
// (InstDisc, arXiv:1805.01978). One encoder, one view. Each batch draws its dictionary from the
// bank (section 3.2), where InstDisc draws one for each image, and MoCo's own InfoNCE scores it.
#pragma once

#include <sslx/error.h>
#include <sslx/memory_bank.h>

#include "moco_encoder.h"
#include "moco_shuffle.h"

namespace sslx {

class MemoryBankForm : public Method {
 public:
  /// Takes MoCo's parameters. Throws Error(kInput) for those that need a second view, and for a
  /// scheduled temperature.
  explicit MemoryBankForm(const MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        bn_groups_(context.parameters.integer("bn_groups")),
        group_(context.group),
        query_(register_module("query", make_moco_encoder(context))) {
    const Parameters& p = context.parameters;
    if (p.boolean("symmetric") || context.local_views > 0 ||
        p.choice("temperature_schedule") != "constant") {
      throw input_error(
          "MoCo with dictionary = \"bank\" has one view of an image and one temperature; it must "
          "have neither symmetric = true nor local crops nor a temperature_schedule");
    }
    MemoryBankOptions options;
    options.images = context.dataset_size;
    options.width = p.integer("output_width");
    options.momentum = p.real("bank_momentum");
    options.softmax = true;
    options.negatives = p.integer("queue");
    bank_ = register_module("bank", MemoryBank(options, context.generator));
  }

  int64_t view_count() const override { return 1; }
  bool separable() const override { return true; }

  Loss loss(const Batch& batch) override {
    const torch::Tensor q = encode_in_groups(query_, batch.views[0], bn_groups_);
    const torch::Tensor rows = bank_->named_buffers()["rows"];
    const torch::Tensor drawn = bank_->draw_for_all();
    const ContrastiveLoss out = info_nce(q, rows.index_select(0, batch.indices),
                                         unit_rows(rows.index_select(0, drawn)), temperature_);
    if (is_training()) seen_.see(q, batch.indices);
    return {out.value,
            {{"contrastive_accuracy", out.accuracy}, {"output_deviation", output_deviation(q)}},
            bank_->chance()};
  }

  void after_step(const Step&) override { seen_.give(bank_, *group_); }

  torch::Tensor embed(const torch::Tensor& images) override {
    return query_->backbone->forward(images);
  }

 private:
  double temperature_;
  int64_t bn_groups_;
  std::shared_ptr<Group> group_;
  Encoder query_;
  MemoryBank bank_{nullptr};
  BankUpdates seen_;
};

}  // namespace sslx
