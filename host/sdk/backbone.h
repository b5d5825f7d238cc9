// A backbone: the encoder f that maps images to features h. Its parameters' names are those of
// torchvision (ResNets) or timm (ViTs), so that exported weights load there.
#pragma once

#include <sslx/plugin.h>
#include <torch/torch.h>

namespace sslx {

/// What a backbone is made from.
struct BackboneContext {
  const Parameters& parameters;
  int64_t input_channels;  ///< 1 for gray images, 3 for RGB.
};

class SSLX_API Backbone : public torch::nn::Module {
 public:
  ~Backbone() override;

  /// Images [N, C, H, W], normalised, to features [N, feature_dim()].
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;

  /// Width of the features.
  virtual int64_t feature_dim() const = 0;
};

#define SSLX_BACKBONE(TYPE, NAME, VERSION, SUMMARY, PAPER, PARAMETERS)                  \
  SSLX_PLUGIN_(                                                                         \
      "backbone", NAME, VERSION, SUMMARY, PAPER, PARAMETERS, nullptr,                   \
      [](const ::sslx::BackboneContext& context) -> std::shared_ptr<::sslx::Backbone> { \
        return std::make_shared<TYPE>(context);                                         \
      },                                                                                \
      nullptr)

}  // namespace sslx
