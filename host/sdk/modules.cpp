#include <sslx/modules.h>
#include <sslx/torch.h>

#include <utility>

namespace sslx {
namespace {

/// One linear layer and the norm after it, if there is one; else `bias` says whether it has a bias.
void append_layer(torch::nn::Sequential& head, int64_t input, int64_t output,
                  const NormOptions& norm, bool bias) {
  if (norm.kind == NormKind::kNone) {
    head->push_back(torch::nn::Linear(torch::nn::LinearOptions(input, output).bias(bias)));
    return;
  }
  head->push_back(linear_before(norm, input, output));
  head->push_back(Norm(output, norm));
}

}  // namespace

MlpOptions mlp_options(const Parameters& parameters, std::string_view norm,
                       std::string_view groups) {
  MlpOptions options;
  options.hidden = parameters.integer("hidden_width");
  options.output = parameters.integer("output_width");
  options.norm = norm_options(parameters, norm, groups);
  return options;
}

MlpOptions linear_head(const Parameters& parameters) {
  MlpOptions options;
  options.output = parameters.integer("output_width");
  options.layers = 1;
  return options;
}

torch::nn::Sequential mlp(const MlpOptions& options) {
  torch::nn::Sequential head;
  if (options.layers == 0) head->push_back(torch::nn::Identity());
  int64_t width = options.input;
  for (int64_t layer = 1; layer < options.layers; ++layer) {
    append_layer(head, width, options.hidden, options.hidden_norm ? options.norm : no_norm, true);
    head->push_back(torch::nn::ReLU(torch::nn::ReLUOptions().inplace(true)));
    width = options.hidden;
  }
  if (options.layers > 0) {
    NormOptions norm = options.output_norm ? options.norm : no_norm;
    norm.affine = options.output_norm_affine;
    norm.shift = options.output_norm_shift;
    append_layer(head, width, options.output, norm, options.output_bias);
  }
  return head;
}

EncoderImpl::EncoderImpl(std::shared_ptr<Backbone> encoder, MlpOptions options)
    : backbone(register_module("backbone", std::move(encoder))) {
  options.input = backbone->feature_dim();
  if (options.hidden == 0) options.hidden = options.input;
  head = register_module("head", mlp(options));
}

EncoderImpl::~EncoderImpl() = default;

torch::Tensor EncoderImpl::forward(const torch::Tensor& images) {
  return head->forward(backbone->forward(images));
}

std::vector<torch::Tensor> trainable_parameters(const torch::nn::Module& module) {
  std::vector<torch::Tensor> out;
  for (const torch::Tensor& parameter : module.parameters()) {
    if (parameter.requires_grad()) out.push_back(parameter);
  }
  return out;
}

std::vector<ParameterGroup> with_predictor(
    std::initializer_list<std::reference_wrapper<const torch::nn::Module>> encoder,
    const torch::nn::Module& predictor, ParameterGroup own) {
  ParameterGroup first;
  for (const torch::nn::Module& part : encoder) {
    for (const torch::Tensor& parameter : trainable_parameters(part)) {
      first.parameters.push_back(parameter);
    }
  }
  own.parameters = trainable_parameters(predictor);
  if (own.parameters.empty()) return {first};
  return {first, own};
}

void freeze(torch::nn::Module& module) {
  for (torch::Tensor& parameter : module.parameters()) parameter.set_requires_grad(false);
}

void copy_frozen(const torch::nn::Module& source, torch::nn::Module& target) {
  const torch::NoGradGuard guard;
  const auto from = source.named_parameters();
  for (auto& item : target.named_parameters()) {
    item.value().copy_(from[item.key()]);
  }
  freeze(target);
  const auto buffers = source.named_buffers();
  for (auto& item : target.named_buffers()) item.value().copy_(buffers[item.key()]);
}

void momentum_update(const torch::nn::Module& source, torch::nn::Module& target, double momentum) {
  const torch::NoGradGuard guard;
  const std::vector<torch::Tensor> from = source.parameters();
  std::vector<torch::Tensor> to = target.parameters();
  TORCH_CHECK(from.size() == to.size(), "a momentum update needs two modules of one structure");
  if (!to.empty()) at::_foreach_lerp_(to, from, 1.0 - momentum);
}

}  // namespace sslx
