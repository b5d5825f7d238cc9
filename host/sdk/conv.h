// A convolution that can standardise its weight, as norm.h's linear layer.
#pragma once

#include <sslx/norm.h>
#include <sslx/torch.h>

#include <memory>
#include <optional>

namespace sslx {

/// torch's convolution, initialised as it is, whose weight is standardised on the way when asked.
class SSLX_API Conv2dImpl : public torch::nn::Conv2dImpl {
 public:
  /// Throws Error(kInput) for a standardised weight with one input a channel: it would be 0.
  Conv2dImpl(const torch::nn::Conv2dOptions& options, bool standardised);
  ~Conv2dImpl() override;
  /// [N, C, H, W] to [N, O, H', W'].
  torch::Tensor forward(const torch::Tensor& x);
  /// Throws Error(kPlugin): torch's copy would forget the standardisation.
  std::shared_ptr<torch::nn::Module> clone(
      const std::optional<torch::Device>& device = std::nullopt) const override;

 private:
  bool standardised_;
};
TORCH_MODULE(Conv2d);

/// A convolution that `norm` follows: standardised if that says so, and with a bias only when there
/// is no norm.
SSLX_API Conv2d conv_before(const NormOptions& norm, torch::nn::Conv2dOptions options);

}  // namespace sslx
