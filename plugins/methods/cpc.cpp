// CPC: from the patches of an image's upper rows, tell which patch of all in the batch comes some
// rows below. van den Oord et al. 2018, Representation Learning with Contrastive Predictive Coding,
// arXiv:1807.03748; v2: Henaff et al. 2019, arXiv:1905.09272.
//
// A view is a stack of patches, which the augmentation `patches` cuts: its grid is the recipe's.
// What v2 changes is a switch each: layer norm is the backbone's `norm`, larger patches are those
// of `patches`, their own augmentation is `patch_augment`; directions, steps and the targets' width
// are below. evaluate.ops ends with `patches` too, with jitter = false; without it the encoder gets
// the whole image, as in v2's transfer.
#include <sslx/error.h>
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/patch_stack.h>

#include <cmath>
#include <string>
#include <vector>

#include "cpc_context.h"

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::integer("directions", 1, "contexts from above (v1), below, left and right (v2)")
        .between(1, 4),
    sslx::integer("first_step", 1, "the least rows ahead that are predicted (v2's code: 3)")
        .at_least(1),
    sslx::integer("last_step", 5, "the most rows ahead that are predicted").at_least(1),
    sslx::integer("context_layers", 5, "causal layers of a context network").at_least(1),
    sslx::integer("context_width", 256, "channels inside a causal layer").at_least(1),
    sslx::integer("target_width", 0,
                  "what is predicted: a linear map of z to this (v2's code: 64); 0: z")
        .at_least(0),
    sslx::real("temperature", 1.0, "of the softmax (v1: 1; v2's code: 10)").above(0)};

class CPC : public sslx::Method {
 public:
  explicit CPC(const sslx::MethodContext& context)
      : first_step_(context.parameters.integer("first_step")),
        last_step_(context.parameters.integer("last_step")),
        temperature_(context.parameters.real("temperature")),
        group_(context.group),
        backbone_(register_module("backbone", context.make_backbone())) {
    if (last_step_ < first_step_) {
      throw sslx::input_error("cpc's first_step is " + std::to_string(first_step_) +
                              "; it must be at most its last_step, " + std::to_string(last_step_));
    }
    const int64_t features = backbone_->feature_dim();
    int64_t targets = context.parameters.integer("target_width");
    if (targets > 0) target_ = register_module("target", nn::Linear(features, targets));
    if (targets == 0) targets = features;
    for (const char* side : {"above", "below", "left", "right"}) {
      if (std::ssize(directions_) == context.parameters.integer("directions")) break;
      directions_.push_back(
          register_module(side, sslx::cpc::Direction(context.parameters, features, targets)));
    }
  }

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const int64_t side = sslx::grid_side(batch.views[0]);
    check_grid(side);
    const Tensor z = backbone_->forward(sslx::unstacked(batch.views[0]));
    const Tensor grid = z.view({-1, side, side, z.size(1)}).permute({0, 3, 1, 2});
    std::vector<Tensor> values, accuracies;  // Direction by direction, step by step.
    for (size_t from = 0; from < directions_.size(); ++from) {
      for (const sslx::ContrastiveLoss& one : score(from, grid)) {
        values.push_back(one.value);
        accuracies.push_back(one.accuracy);
      }
    }
    const Tensor by_step = torch::stack(accuracies).view({std::ssize(directions_), -1}).mean(0);
    // The mean over directions and steps and not their sum: without knowledge it is ln N.
    sslx::Loss out{
        torch::stack(values).mean(),
        {{"contrastive_accuracy", by_step.mean()}, {"output_deviation", sslx::output_deviation(z)}},
        std::log(static_cast<double>(z.size(0) * group_->size()))};
    for (int64_t k = first_step_; k <= last_step_; ++k) {
      out.diagnostics["accuracy_step_" + std::to_string(k)] = by_step[k - first_step_];
    }
    return out;
  }

  // The mean over the grid (section 3.2).
  Tensor embed(const Tensor& images) override {
    const Tensor z = backbone_->forward(sslx::unstacked(images));
    return z.view({images.size(0), -1, z.size(1)}).mean(1);
  }

 private:
  /// Eq. 4, step by step: the prediction of each patch k rows behind the first against the patches
  /// of all images, wherever they are in the grid.
  std::vector<sslx::ContrastiveLoss> score(size_t from, const Tensor& seen_from_above) {
    const Tensor grid = sslx::cpc::seen_from(seen_from_above, static_cast<int64_t>(from));
    const std::vector<Tensor> predictions = directions_[from]->forward(grid);
    const Tensor z = grid.permute({0, 2, 3, 1});
    const Tensor targets = group_->gather((target_ ? target_->forward(z) : z).flatten(0, 2));
    const Tensor places = own_places(grid);
    std::vector<sslx::ContrastiveLoss> out;
    for (int64_t k = first_step_; k <= last_step_; ++k) {
      const Tensor& predicted = predictions.at(static_cast<size_t>(k - first_step_));
      out.push_back(sslx::softmax_over(predicted.slice(1, 0, grid.size(2) - k).flatten(0, 2),
                                       targets, places.slice(1, k).flatten(), temperature_));
    }
    return out;
  }

  /// [B, g, g]: where each patch is among the targets of all processes.
  Tensor own_places(const Tensor& grid) const {
    const int64_t count = grid.size(0) * grid.size(2) * grid.size(3);
    const auto options = torch::TensorOptions(torch::kInt64).device(grid.device());
    return (torch::arange(count, options) + group_->rank() * count)
        .view({grid.size(0), grid.size(2), grid.size(3)});
  }

  void check_grid(int64_t side) const {
    if (side > last_step_) return;
    throw sslx::input_error("cpc's last_step is " + std::to_string(last_step_) +
                                ", and the recipe's patches are a grid of " + std::to_string(side) +
                                " x " + std::to_string(side),
                            "it must be less than the grid's side; `patches` has stride and cell");
  }

  int64_t first_step_;
  int64_t last_step_;
  double temperature_;
  std::shared_ptr<sslx::Group> group_;
  std::shared_ptr<sslx::Backbone> backbone_;
  nn::Linear target_{nullptr};
  std::vector<sslx::cpc::Direction> directions_;
};

}  // namespace

SSLX_METHOD(CPC, "cpc", "1.0.0", "patches of an image predict those some rows below",
            "van den Oord et al. 2018, arXiv:1807.03748; Henaff et al. 2019, arXiv:1905.09272",
            kParameters);
SSLX_DIAGNOSTICS("contrastive_accuracy output_deviation accuracy_step_*");
