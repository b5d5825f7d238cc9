// A backbone: the encoder f that maps images to features h. Its parameters' names are those of
// torchvision (ResNets) or timm (ViTs), so that exported weights load there.
#pragma once

#include <sslx/plugin.h>
#include <sslx/torch_base.h>

namespace sslx {

/// What a backbone is made from.
struct BackboneContext {
  const Parameters& parameters;
  int64_t input_channels;  ///< 1 for gray images, 3 for RGB.
  /// Pixels of the first view as the trial's recipe makes it, for a network whose parts have the
  /// size of the image (positions, a layer over all places). It may be given others: local crops,
  /// and whole images in evaluation. 0 where nobody knows, as when weights are imported.
  int64_t image_height = 0;
  int64_t image_width = 0;
};

class SSLX_API Backbone : public torch::nn::Module {
 public:
  ~Backbone() override;

  /// Images [N, C, H, W], normalised, to features [N, feature_dim()].
  virtual torch::Tensor forward(const torch::Tensor& images) = 0;

  /// Width of the features.
  virtual int64_t feature_dim() const = 0;

  /// Images [N, C, H, W] to the last feature map [N, feature_dim(), H', W'], before it is pooled
  /// (CPC, attention over a convolutional network). Throws Error(kInput) when there is none.
  virtual torch::Tensor feature_map(const torch::Tensor& images);

  /// Images [N, C, H, W] to the attention of the class token over the patches in the last block,
  /// [N, heads, H', W'] (DINO, arXiv:2104.14294, figure 1): the softmax's weights, from 0 to 1,
  /// whose sum over the patches is 1 less the class token's own share. Throws Error(kInput) when
  /// there is no class token.
  virtual torch::Tensor attention_map(const torch::Tensor& images);
};

/// Feature map [N, C, H', W'] to features [N, C]: the mean over all places.
SSLX_API torch::Tensor mean_pooled(const torch::Tensor& feature_map);

#define SSLX_BACKBONE(TYPE, NAME, VERSION, SUMMARY, PAPER, PARAMETERS)                  \
  SSLX_PLUGIN_(                                                                         \
      "backbone", NAME, VERSION, SUMMARY, PAPER, PARAMETERS, nullptr,                   \
      [](const ::sslx::BackboneContext& context) -> std::shared_ptr<::sslx::Backbone> { \
        return std::make_shared<TYPE>(context);                                         \
      },                                                                                \
      nullptr)

}  // namespace sslx
