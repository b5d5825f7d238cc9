// AlexNet with norms (Krizhevsky et al. 2012), as CMC's code has it: a network of half the width
// for each of two views of the colours, L and ab (Tian et al. 2019, arXiv:1906.05849, appendix);
// the method makes two of them, each with as many input channels as its view. Names and shapes are
// that code's. The last linear layer there, fc8, is the method's head.
#include <sslx/backbone.h>
#include <sslx/conv.h>
#include <sslx/error.h>

#include <cmath>

namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr std::array kParameters{
    sslx::real("width", 1, "multiplies all channels; CMC's two halves are 0.5 each").above(0),
    sslx::choice("stem", "imagenet", "imagenet|cifar",
                 "imagenet: 11x11 of stride 4, for 224 pixels; cifar: 3x3 of stride 1, for 32"),
    sslx::choice("features", "fc7", "conv5|fc6|fc7",
                 "the last layer; conv5 is its mean over the places, and has a feature map"),
    sslx::norm_parameter(), sslx::groups_parameter()};

int64_t scaled(int64_t channels, double width) {
  const double out = static_cast<double>(channels) * width;
  if (out < 1 || out != std::floor(out)) {
    throw sslx::input_error(
        "alexnet's width must make whole numbers of 96, 256, 384 and 4096 channels",
        "choose a multiple of 1/32, such as 0.5");
  }
  return static_cast<int64_t>(out);
}

class AlexNet : public sslx::Backbone {
 public:
  explicit AlexNet(const sslx::BackboneContext& context)
      : norm_(sslx::norm_options(context.parameters)),
        width_(context.parameters.real("width")),
        grid_(context.parameters.choice("stem") == "cifar" ? 3 : 6) {
    const bool cifar = context.parameters.choice("stem") == "cifar";
    const auto first = cifar ? nn::Conv2dOptions(1, 1, 3).padding(1)
                             : nn::Conv2dOptions(1, 1, 11).stride(4).padding(2);
    int64_t channels = context.input_channels;
    add_convolution("conv_block_1", channels, 96, first, true);
    add_convolution("conv_block_2", channels, 256, nn::Conv2dOptions(1, 1, 5).padding(2), true);
    add_convolution("conv_block_3", channels, 384, nn::Conv2dOptions(1, 1, 3).padding(1), false);
    add_convolution("conv_block_4", channels, 384, nn::Conv2dOptions(1, 1, 3).padding(1), false);
    add_convolution("conv_block_5", channels, 256, nn::Conv2dOptions(1, 1, 3).padding(1), true);
    feature_dim_ = channels;
    const std::string& last = context.parameters.choice("features");
    if (last != "conv5") add_linear("fc6", channels * grid_ * grid_);
    if (last == "fc7") add_linear("fc7", feature_dim_);
  }

  Tensor feature_map(const Tensor& images) override {
    if (!linear_.empty()) {
      throw sslx::input_error("alexnet has a feature map only with features = \"conv5\"");
    }
    return convolved(images);
  }

  Tensor forward(const Tensor& images) override {
    // At 224 (or 32) pixels the grid is 6 (3) already; other sizes are pooled to it.
    const int64_t grid = linear_.empty() ? 1 : grid_;
    Tensor x = torch::flatten(torch::adaptive_avg_pool2d(convolved(images), {grid, grid}), 1);
    for (nn::Sequential& layer : linear_) x = layer->forward(x);
    return x;
  }

  int64_t feature_dim() const override { return feature_dim_; }

 private:
  Tensor convolved(const Tensor& images) {
    Tensor x = images;
    for (nn::Sequential& block : blocks_) x = block->forward(x);
    return x;
  }

  void add_convolution(const char* name, int64_t& channels, int64_t outputs,
                       nn::Conv2dOptions options, bool pools) {
    outputs = scaled(outputs, width_);
    nn::Sequential block(
        sslx::conv_before(norm_, options.in_channels(channels).out_channels(outputs)),
        sslx::Norm(outputs, norm_), nn::ReLU(nn::ReLUOptions().inplace(true)));
    if (pools) block->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2)));
    blocks_.push_back(register_module(name, block));
    channels = outputs;
  }

  void add_linear(const char* name, int64_t inputs) {
    feature_dim_ = scaled(4096, width_);
    // As CMC's: the layer has a bias though a norm follows.
    sslx::Linear layer(nn::LinearOptions(inputs, feature_dim_), norm_.standardised);
    linear_.push_back(
        register_module(name, nn::Sequential(layer, sslx::Norm(feature_dim_, norm_),
                                             nn::ReLU(nn::ReLUOptions().inplace(true)))));
  }

  sslx::NormOptions norm_;
  double width_;
  int64_t grid_;  ///< Side of the map that fc6 takes.
  std::vector<nn::Sequential> blocks_;
  std::vector<nn::Sequential> linear_;
  int64_t feature_dim_ = 0;
};

}  // namespace

SSLX_BACKBONE(AlexNet, "alexnet", "1.0.0", "AlexNet with norms, whole or CMC's half a view",
              "Krizhevsky et al. 2012; Tian et al. 2019, arXiv:1906.05849", kParameters);
