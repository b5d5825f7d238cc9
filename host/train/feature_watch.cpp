#include "host/train/feature_watch.h"

#include <sslx/losses.h>

#include <algorithm>
#include <span>

#include "host/data/guarded.h"
#include "host/train/diagnostics.h"
#include "host/train/loss_checks.h"

namespace sslx::train {
namespace {

/// Views of a draw that are not more bytes than this are made once and kept.
constexpr int64_t kKeptBytes = 32 << 20;

/// Evaluation mode without gradient for as long as it lives; then each module has its own mode
/// again.
class Looking {
 public:
  explicit Looking(Method& method) : modules_(method.modules()) {
    for (const auto& module : modules_) training_.push_back(module->is_training());
    method.eval();
  }
  Looking(const Looking&) = delete;
  Looking& operator=(const Looking&) = delete;
  // Outer ones first, as they stand: train() of a module sets those inside it, too.
  ~Looking() {
    for (size_t i = 0; i < modules_.size(); ++i) modules_[i]->train(training_[i]);
  }

 private:
  torch::NoGradGuard no_grad_;
  std::vector<std::shared_ptr<torch::nn::Module>> modules_;
  std::vector<bool> training_;
};

}  // namespace

FeatureWatch::FeatureWatch(Method& method, const data::ViewPipeline& views, const Machine& machine,
                           const WatchOptions& options)
    : method_(method), views_(views), machine_(machine), options_(options) {
  options_.images = std::min(options_.images, views.size());
  for (int64_t i = 0; i < options_.images; ++i) {
    if (i % options_.batch_size == 0) parts_.emplace_back();
    parts_.back().push_back(i * views.size() / options_.images);
  }
  form_ = form();
}

FeatureWatch::Form FeatureWatch::form() const {
  if (options_.images < 2) return Form::kNone;
  const Batch one = views_.make(options_.first_draw, std::span(parts_[0]).first(1));
  int64_t together = 0;
  for (const torch::Tensor& view : one.views) together += view.size(1);
  if (one.views[0].size(1) == options_.channels) return Form::kFirstView;
  const bool same_size = std::ranges::all_of(one.views, [&](const torch::Tensor& view) {
    return view.sizes().slice(2) == one.views[0].sizes().slice(2);
  });
  return same_size && together == options_.channels ? Form::kAllViews : Form::kNone;
}

torch::Tensor FeatureWatch::input(int64_t draw, size_t part) const {
  const Batch batch = views_.make(draw, parts_[part]);
  return form_ == Form::kFirstView ? batch.views[0] : torch::cat(batch.views, 1);
}

torch::Tensor FeatureWatch::features(int64_t draw) {
  std::vector<torch::Tensor>& kept = kept_[draw];
  std::vector<torch::Tensor> out;
  for (size_t part = 0; part < parts_.size(); ++part) {
    const torch::Tensor images = part < kept.size() ? kept[part] : input(draw, part);
    const auto bytes = static_cast<int64_t>(images.nbytes()) * static_cast<int64_t>(parts_.size());
    if (part == kept.size() && bytes <= kKeptBytes) kept.push_back(images);
    const Autocast autocast(machine_.device.type(), machine_.bf16);
    const torch::Tensor seen = method_.embed(images.to(machine_.device));
    check_features(seen, images.size(0));
    machine::sign_of_life();
    out.push_back(seen.to(torch::kFloat32));
  }
  return torch::cat(out);
}

std::map<std::string, double> FeatureWatch::look() {
  const Looking looking(method_);
  return data::guarded("embed()", [&] {
    const torch::Tensor x = features(options_.first_draw);
    const torch::Tensor y = features(options_.first_draw + 1);
    return std::map<std::string, double>{{"alignment", alignment(x, y)},
                                         {"uniformity", (uniformity(x) + uniformity(y)) / 2},
                                         {"feature_deviation", output_deviation(x).item<double>()},
                                         {"effective_rank", effective_rank(x)}};
  });
}

// A look runs two views forward; a step runs an image's views forward and backward, which counts as
// three times forward.
int64_t FeatureWatch::affordable_looks(int64_t images) const {
  const int64_t cost = 2 * std::max<int64_t>(options_.images, 1);
  return std::clamp<int64_t>(images * views_.view_count() * 3 / 100 / cost, 1, 10);
}

}  // namespace sslx::train
