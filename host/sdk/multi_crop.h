// Multi-crop (Caron et al. 2020, SwAV, arXiv:2006.09882, section 3.2) for every method whose loss
// is over pairs of views: two global views, and as many small local crops as the trial's recipes
// make, which only a student sees. A method that derives from PairMethod has it for nothing.
#pragma once

#include <sslx/method.h>
#include <sslx/modules.h>

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sslx {

using Tensors = std::vector<torch::Tensor>;

/// What a student makes of some views: the projection z, and the prediction p that is compared with
/// targets (z itself where there is no predictor). Rows are images.
struct Encoded {
  torch::Tensor z;
  torch::Tensor p;
};

/// Which views are one batch for the networks, and so for batch norm.
enum class Passes {
  kEachView,  ///< Each alone (BYOL, SimSiam).
  kEachSize,  ///< All of one resolution together (SimCLR, SwAV).
};

/// The views encoded, in order; with kEachSize, views of one size that follow each other take one
/// pass of `encode` together.
SSLX_API std::vector<Encoded> encode_views(
    std::span<const torch::Tensor> views, Passes passes,
    const std::function<Encoded(const torch::Tensor&)>& encode);

/// What a target network makes of each view alone, without a gradient (BYOL, MoCo v3).
SSLX_API Tensors target_outputs(Encoder& target, std::span<const torch::Tensor> views);

/// The plugin says what is protected, the base class does the rest. SimCLR, for one, would be
/// PairMethod(context, {.passes = kEachSize, .symmetric = true, .stop_gradient = false}) with
/// student() = {z, z}, targets() left alone, and NT-Xent of view.z and target as pair().
class SSLX_API PairMethod : public Method {
 public:
  ~PairMethod() override;

  /// Two global views and the trial's local ones.
  int64_t view_count() const override { return 2 + local_views_; }

  /// The mean of pair(v, target i) over global views i and all other views v, view after view: with
  /// two global views, that of pair(0, target 1) and pair(1, target 0). Diagnostics and chance are
  /// those of the first pair, and spread() of view 0.
  Loss loss(const Batch& batch) override;

  /// For little memory: loss() takes the gradient of each pass before it begins the next, so that
  /// the graph of one is held at a time: a view each with kEachView (both global views are one pass
  /// unless there is an own_teacher), else a resolution. Value and gradient are the same but for
  /// rounding. Throws Error(kInput) without a stop-gradient: then one graph has all views.
  void take_views_in_turn();

 protected:
  struct Options {
    Passes passes = Passes::kEachView;
    bool symmetric = false;     ///< pair(a, b) is pair(b, a): each two global views come once.
    bool stop_gradient = true;  ///< Targets are constants for the gradient.
    bool own_teacher = false;   ///< targets() does not read what the student made.
  };
  PairMethod(const MethodContext& context, const Options& options);

  virtual Encoded student(const torch::Tensor& images) = 0;

  /// What shall be predicted: a target of each global view. `seen` is what the student made of
  /// these views, whose z the targets are by default; an own_teacher must not read it.
  virtual Tensors targets(std::span<const torch::Tensor> globals, std::span<const Encoded> seen);

  /// The loss of one view against the target of another.
  virtual Loss pair(const Encoded& view, const torch::Tensor& target) = 0;

  /// What tells whether the outputs have collapsed, detached scalars by name: `output_deviation`
  /// and `output_rank` of z, unless a method knows better. Comes after targets() in a loss().
  virtual std::map<std::string, torch::Tensor> spread(const Encoded& view);

 private:
  using Views = std::span<const torch::Tensor>;
  Loss loss_in_turn(Views views, size_t globals);
  std::vector<Views> turns(Views views, size_t globals) const;
  std::vector<Encoded> encode(Views views);
  Tensors fixed_targets(Views globals, std::span<const Encoded> seen);
  Loss mean_over_pairs(std::span<const Encoded> seen, size_t first, size_t views,
                       const Tensors& targets);

  int64_t local_views_;
  Options options_;
  bool in_turn_ = false;
};

}  // namespace sslx
