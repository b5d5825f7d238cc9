// Normalisation as an option of every backbone and head: batch, group or layer norm or none, and
// weight standardisation of what comes before it. Parameters' and buffers' names are torchvision's,
// so that weights load there. A norm that cannot be had is refused with Error(kInput).
#pragma once

#include <sslx/detail/export.h>
#include <sslx/group.h>
#include <sslx/parameters.h>
#include <sslx/torch_base.h>

#include <memory>
#include <optional>
#include <string_view>

namespace sslx {

enum class NormKind {
  kBatch,      ///< Over the batch (and H, W), with running statistics: Ioffe and Szegedy 2015,
               ///< arXiv:1502.03167, algorithms 1 and 2.
  kSyncBatch,  ///< As kBatch, over the batches of all processes.
  kGroup,      ///< Over groups of channels (and H, W) of one image: Wu and He 2018,
               ///< arXiv:1803.08494, eq. 7.
  kLayer,      ///< Over everything of one image; over the channels of one token: Ba et al. 2016,
               ///< arXiv:1607.06450, eq. 3.
  kNone
};

struct NormOptions {
  NormKind kind = NormKind::kBatch;
  int64_t groups = 32;        ///< Of kGroup; must divide the channels.
  bool standardised = false;  ///< The layer before it standardises its weight.
  bool affine = true;         ///< A scale (`weight`) and a shift (`bias`) a channel are learnt.
  bool shift = true;          ///< Of an affine one; without it the shift stays 0.
  double eps = 1e-5;          ///< Added to the variance; timm's ViT has 1e-6.
};

/// No norm at all; the layer before it has a bias then.
inline constexpr NormOptions no_norm{NormKind::kNone};

/// The parameters of a plugin that has norms, to be listed in its schema: which norm...
consteval ParameterSpec norm_parameter(std::string_view name = "norm",
                                       std::string_view value = "bn") {
  return choice(name, value, "bn|sync_bn|gn|gn+ws|ln|none",
                "batch, group (+ws: after standardised weights) or layer norm");
}
/// ... of how many groups ...
consteval ParameterSpec groups_parameter(std::string_view name = "groups") {
  return integer(name, 32, "groups of gn and gn+ws; must divide the channels").at_least(1);
}
/// ... and, for a residual network, whether its blocks begin as the identity.
consteval ParameterSpec zero_init_parameter() {
  return boolean(
      "zero_init", false,
      "each residual branch begins at 0 (Goyal et al. 2017, section 5.1; SimCLR, SimSiam)");
}

/// What the parameters of these two names say.
SSLX_API NormOptions norm_options(const Parameters& parameters, std::string_view norm = "norm",
                                  std::string_view groups = "groups");

/// One norm over C channels of images [N, C, H, W], vectors [N, C] or tokens [N, T, C].
///
/// Of tokens batch norm takes N and T together, group norm T and a group's channels, layer norm
/// each token alone. Layer norm of images is over C, H and W with a scale a channel, which is group
/// norm with one group: what Ba et al. write, and what "layer norm" means in a ResNet (CPC v2,
/// arXiv:1905.09272; in BYOL's heads there is no H and W). ConvNeXt's norm of each pixel is not it.
///
/// In one process sync_bn is batch norm, to the bit. In several it takes its moments over the batch
/// of all (train.processes); the others have those of their own share of a batch, and the running
/// statistics of a batch norm become the mean of theirs at each step. State: `weight`, `bias` if
/// affine; `running_mean`, `running_var` and `num_batches_tracked` of batch norms.
class SSLX_API NormImpl : public torch::nn::Module, public SharesBatch {
 public:
  /// Throws Error(kInput) when the groups do not divide the channels.
  NormImpl(int64_t channels, const NormOptions& options);
  ~NormImpl() override;

  /// Same shape and memory format; the batch's statistics in training, the running ones in
  /// evaluation. Throws Error(kInput) when a group or layer has only one value, whose norm would be
  /// constant, and for other than 2 to 4 dimensions.
  torch::Tensor forward(const torch::Tensor& x);

  /// ReLU(norm(x) + residual), x as for forward(), residual of its shape or none; in place where
  /// that leaves both as they were. Batch norm on a CPU is one operation with it.
  torch::Tensor forward_relu(const torch::Tensor& x, const std::optional<torch::Tensor>& residual);

  const NormOptions& options() const { return options_; }

  /// Whose batches sync_bn takes together.
  void share(std::shared_ptr<Group> group) override { group_ = std::move(group); }
  /// It is a sync_bn, and not alone.
  bool is_shared() const;

  torch::Tensor weight;  ///< [C], 1 at first; undefined unless affine.
  torch::Tensor bias;    ///< [C], 0 at first; undefined unless affine.
  torch::Tensor running_mean;
  torch::Tensor running_var;
  torch::Tensor num_batches_tracked;

 private:
  torch::Tensor batch_norm(const torch::Tensor& x);
  torch::Tensor shared_batch_norm(const torch::Tensor& x);
  torch::Tensor group_norm(const torch::Tensor& x, int64_t groups) const;
  torch::Tensor layer_norm(const torch::Tensor& x) const;

  int64_t channels_;
  NormOptions options_;
  std::shared_ptr<Group> group_;  ///< Null: this process is alone.
};
TORCH_MODULE(Norm);

/// ReLU(norm(x)) and ReLU(norm(x) + residual), as NormImpl::forward_relu().
SSLX_API torch::Tensor norm_relu(Norm& norm, const torch::Tensor& x);
SSLX_API torch::Tensor norm_add_relu(Norm& norm, const torch::Tensor& x,
                                     const torch::Tensor& residual);

/// W^ = (W - mean) / sqrt(var + 1e-10), mean and var (biased) over all but the first dimension:
/// weight standardisation, Qiao et al. 2019, arXiv:1903.10520, eq. 10. The gradient flows through
/// it. So small an eps (BiT's, arXiv:1912.11370) leaves the output the same when W is scaled.
/// [O, ...] to the same shape and memory format.
SSLX_API torch::Tensor standardised(const torch::Tensor& weight);

/// torch's linear layer, initialised as it is, whose weight is standardised on the way when asked.
class SSLX_API LinearImpl : public torch::nn::LinearImpl {
 public:
  /// Throws Error(kInput) for a standardised weight with one input: it would be 0.
  LinearImpl(const torch::nn::LinearOptions& options, bool standardised);
  ~LinearImpl() override;
  /// [..., I] to [..., O].
  torch::Tensor forward(const torch::Tensor& x);
  /// Throws Error(kPlugin): torch's copy would forget the standardisation.
  std::shared_ptr<torch::nn::Module> clone(
      const std::optional<torch::Device>& device = std::nullopt) const override;

 private:
  bool standardised_;
};
TORCH_MODULE(Linear);

/// A linear layer that `norm` follows: standardised if that says so, and with a bias only when
/// there is no norm.
SSLX_API Linear linear_before(const NormOptions& norm, int64_t inputs, int64_t outputs);

}  // namespace sslx
