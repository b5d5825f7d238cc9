#include <sslx/conv.h>
#include <torch/nn/functional/conv.h>

#include "host/sdk/detail/standardised_layer.h"

namespace sslx {
namespace F = torch::nn::functional;
using torch::Tensor;

Conv2dImpl::Conv2dImpl(const torch::nn::Conv2dOptions& options, bool standardised)
    : torch::nn::Conv2dImpl(options), standardised_(standardised) {
  require_inputs(standardised, weight.numel() / weight.size(0));
}
Conv2dImpl::~Conv2dImpl() = default;

Tensor Conv2dImpl::forward(const Tensor& x) {
  if (!standardised_) return torch::nn::Conv2dImpl::forward(x);
  return F::conv2d(x, sslx::standardised(weight),
                   F::Conv2dFuncOptions()
                       .bias(bias)
                       .stride(options.stride())
                       .padding(options.padding())
                       .dilation(options.dilation())
                       .groups(options.groups()));
}

std::shared_ptr<torch::nn::Module> Conv2dImpl::clone(const std::optional<torch::Device>&) const {
  throw not_cloneable();
}

Conv2d conv_before(const NormOptions& norm, torch::nn::Conv2dOptions options) {
  return Conv2d(options.bias(norm.kind == NormKind::kNone), norm.standardised);
}

}  // namespace sslx
