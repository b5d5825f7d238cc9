// The vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929) as MoCo v3 and DINO train it.
// Names and shapes are those of timm's VisionTransformer(num_classes=0), and so are the numbers:
// weights load there with strict=True, those with mean pooling into one with global_pool='avg' and
// fc_norm=False. So the final norm comes before the pooling, both poolings share one set of names,
// and feature_map() is made of what the pooling sees.
#include <fmt/format.h>
#include <sslx/backbone.h>
#include <sslx/error.h>
#include <sslx/positions.h>
#include <sslx/torch.h>

#include <algorithm>

#include "vit_block.h"

namespace {

using sslx::input_error;
using sslx::PatchGrid;
using sslx::vit::Block;
using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::choice("size", "small", "tiny|small|base|large",
                 "timm's: width 192, 384, 768, 1024; depth 12, 12, 12, 24; a head for 64 of width"),
    sslx::integer("width", 0, "of the tokens; 0: the size's").at_least(0),
    sslx::integer("depth", 0, "transformer blocks; 0: the size's").at_least(0),
    sslx::integer("heads", 0, "of the attention; 0: one for 64 of width (MoCo v3's small has 12)")
        .at_least(0),
    sslx::integer("patch_size", 16, "side of a patch in pixels; 4 suits 32-pixel images")
        .at_least(1),
    sslx::integer("image_size", 224,
                  "side in pixels of the images that the positions are made for; for others they "
                  "are interpolated")
        .at_least(1),
    sslx::choice("positions", "learned", "learned|sincos",
                 "sincos: fixed two-dimensional sines and cosines (MoCo v3)"),
    sslx::choice("pooling", "class_token", "class_token|mean",
                 "features: the class token, or the mean over the patches, after the final norm"),
    sslx::choice("patch_projection", "trained", "trained|frozen",
                 "frozen: stays as it was drawn, uniformly (MoCo v3, section 4.2)"),
    sslx::choice("init", "truncated_normal", "truncated_normal|xavier_uniform",
                 "truncated_normal: of 0.02 (timm, DINO); xavier_uniform: MoCo v3's, with q, k and "
                 "v apart"),
    sslx::real("drop_path", 0, "stochastic depth: rate of the last block, growing linearly from 0")
        .between(0, 0.99),
    sslx::choice("norm", "ln", "bn|sync_bn|gn|gn+ws|ln|none",
                 "before each branch and at the end; gn+ws standardises the last layer of each "
                 "branch, which writes what the norms read"),
    sslx::groups_parameter()};

struct Shape {
  std::string_view name;
  int64_t width;
  int64_t depth;
  int64_t heads = 0;
};
constexpr std::array kSizes{Shape{"tiny", 192, 12}, Shape{"small", 384, 12}, Shape{"base", 768, 12},
                            Shape{"large", 1024, 24}};

Shape shape_of(const sslx::Parameters& p) {
  Shape out = *std::ranges::find(kSizes, std::string_view(p.choice("size")), &Shape::name);
  if (p.integer("width") > 0) out.width = p.integer("width");
  if (p.integer("depth") > 0) out.depth = p.integer("depth");
  out.heads = p.integer("heads") > 0 ? p.integer("heads") : std::max<int64_t>(out.width / 64, 1);
  if (out.width % out.heads != 0) {
    throw input_error(
        fmt::format("vit: {} heads cannot share a width of {} equally; choose heads "
                    "that divide the width",
                    out.heads, out.width));
  }
  return out;
}

/// Layer norm has the eps of timm's and the papers' ViTs.
sslx::NormOptions norm_of(const sslx::Parameters& p) {
  sslx::NormOptions out = sslx::norm_options(p);
  if (out.kind == sslx::NormKind::kLayer) out.eps = 1e-6;
  return out;
}

class VisionTransformer : public sslx::Backbone {
 public:
  explicit VisionTransformer(const sslx::BackboneContext& context);

  Tensor forward(const Tensor& images) override {
    const Tensor out = norm_(after_blocks(images, blocks_.size()));
    return mean_pooling_ ? out.narrow(1, 1, out.size(1) - 1).mean(1) : out.select(1, 0);
  }

  /// The patches' tokens after the final norm, in their places.
  Tensor feature_map(const Tensor& images) override {
    const Tensor out = norm_(after_blocks(images, blocks_.size()));
    return as_map(out.narrow(1, 1, out.size(1) - 1).transpose(1, 2), images);
  }

  Tensor attention_map(const Tensor& images) override {
    const Tensor tokens = after_blocks(images, blocks_.size() - 1);
    return as_map(blocks_.back()->class_attention(tokens), images);
  }

  int64_t feature_dim() const override { return width_; }

 private:
  PatchGrid grid_of(int64_t height, int64_t width) const;
  Tensor after_blocks(const Tensor& images, size_t count);
  Tensor as_map(const Tensor& patches, const Tensor& images) const;
  Tensor positions(const sslx::Parameters& p) const;
  void init_class_token_and_blocks(bool xavier);
  void init_patch_projection();

  int64_t width_;
  int64_t patch_size_;
  bool mean_pooling_;
  PatchGrid grid_;
  Tensor class_token_;
  Tensor positions_;
  nn::Conv2d projection_{nullptr};
  std::vector<Block> blocks_;
  sslx::Norm norm_{nullptr};
};

VisionTransformer::VisionTransformer(const sslx::BackboneContext& context)
    : patch_size_(context.parameters.integer("patch_size")),
      mean_pooling_(context.parameters.choice("pooling") == "mean") {
  const sslx::Parameters& p = context.parameters;
  const Shape shape = shape_of(p);
  width_ = shape.width;
  grid_ = grid_of(p.integer("image_size"), p.integer("image_size"));
  const bool learned = p.choice("positions") == "learned";
  class_token_ = register_parameter("cls_token", torch::empty({1, 1, width_}));
  // Fixed positions are a parameter as well, as in MoCo v3, so that timm finds them in the state.
  positions_ = register_parameter("pos_embed", positions(p), /*requires_grad=*/learned);
  const nn::Conv2dOptions patch(context.input_channels, width_, patch_size_);
  const auto embedding = register_module("patch_embed", std::make_shared<nn::Module>());
  projection_ =
      embedding->register_module("proj", nn::Conv2d(nn::Conv2dOptions(patch).stride(patch_size_)));
  nn::ModuleList blocks;
  for (int64_t i = 0; i < shape.depth; ++i) {
    const double rate = p.real("drop_path") * static_cast<double>(i) /
                        static_cast<double>(std::max<int64_t>(shape.depth - 1, 1));
    blocks_.emplace_back(sslx::vit::BlockOptions{width_, shape.heads, rate, norm_of(p)});
    blocks->push_back(blocks_.back());
  }
  register_module("blocks", blocks);
  norm_ = register_module("norm", sslx::Norm(width_, norm_of(p)));
  const bool xavier = p.choice("init") == "xavier_uniform";
  const bool frozen = p.choice("patch_projection") == "frozen";
  init_class_token_and_blocks(xavier);
  if (xavier || frozen) init_patch_projection();
  for (Tensor& parameter : projection_->parameters()) parameter.set_requires_grad(!frozen);
}

/// [1, 1 + patches, width]: the class token's is zero when they are fixed.
Tensor VisionTransformer::positions(const sslx::Parameters& p) const {
  if (p.choice("positions") == "learned") {
    return torch::randn({1, 1 + grid_.size(), width_}).mul_(0.02);
  }
  const Tensor patches = sslx::sincos_positions(grid_, width_);
  return torch::cat({torch::zeros({1, width_}), patches}).unsqueeze(0);
}

/// A normal of 0.02 that timm and DINO cut at -2 and 2 is, 100 deviations away, an uncut one.
void VisionTransformer::init_class_token_and_blocks(bool xavier) {
  const torch::NoGradGuard guard;
  const auto draw = [&](const Tensor& weight) {
    xavier ? nn::init::xavier_uniform_(weight) : nn::init::normal_(weight, 0, 0.02);
  };
  nn::init::normal_(class_token_, 0, xavier ? 1e-6 : 0.02);
  for (const Block& block : blocks_) {
    for (const Tensor& part : block->attn->qkv->weight.chunk(3)) draw(part);
    const auto start = [&](const auto& layer) {
      draw(layer->weight);
      nn::init::zeros_(layer->bias);
    };
    start(block->attn->proj);
    start(block->mlp->fc1);
    start(block->mlp->fc2);
    nn::init::zeros_(block->attn->qkv->bias);
  }
}

/// Xavier's bound for the projection as a linear layer: sqrt(6 / (channels P^2 + width)).
void VisionTransformer::init_patch_projection() {
  nn::init::xavier_uniform_(projection_->weight.view({width_, -1}));
  nn::init::zeros_(projection_->bias);
}

PatchGrid VisionTransformer::grid_of(int64_t height, int64_t width) const {
  if (height < patch_size_ || height % patch_size_ != 0 || width % patch_size_ != 0) {
    throw input_error(fmt::format(
        "vit: {} x {} pixels are no whole number of patches of {}; choose an image size that is a "
        "multiple of patch_size",
        height, width, patch_size_));
  }
  return {height / patch_size_, width / patch_size_};
}

/// The class token and the patches' tokens, [N, 1 + patches, width], after `count` blocks.
Tensor VisionTransformer::after_blocks(const Tensor& images, size_t count) {
  const PatchGrid grid = grid_of(images.size(2), images.size(3));
  const Tensor patches = projection_(images).flatten(2).transpose(1, 2);
  Tensor tokens = torch::cat({class_token_.expand({images.size(0), -1, -1}), patches}, 1) +
                  sslx::resize_positions(positions_, grid_, grid);
  for (size_t i = 0; i < count; ++i) tokens = blocks_[i]->forward(tokens);
  return tokens;
}

/// [N, K, patches] to [N, K, rows, columns].
Tensor VisionTransformer::as_map(const Tensor& patches, const Tensor& images) const {
  const PatchGrid grid = grid_of(images.size(2), images.size(3));
  return patches.unflatten(2, {grid.rows, grid.columns});
}

}  // namespace

SSLX_BACKBONE(VisionTransformer, "vit", "1.0.0",
              "a vision transformer, tiny to large, for images of any size",
              "Dosovitskiy et al. 2021, arXiv:2010.11929; MoCo v3, arXiv:2104.02057; DINO, "
              "arXiv:2104.14294",
              kParameters);
