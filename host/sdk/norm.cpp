#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/norm.h>
#include <sslx/precision.h>

#include <array>
#include <utility>

#include "host/sdk/detail/batch_norm.h"
#include "host/sdk/detail/standardised_layer.h"

namespace sslx {
namespace {

namespace F = torch::nn::functional;
using torch::Tensor;

constexpr std::array<std::pair<std::string_view, NormOptions>, 6> kNorms{{
    {"bn", {NormKind::kBatch}},
    {"sync_bn", {NormKind::kSyncBatch}},
    {"gn", {NormKind::kGroup}},
    {"gn+ws", {.kind = NormKind::kGroup, .standardised = true}},
    {"ln", {NormKind::kLayer}},
    {"none", no_norm},
}};

bool is_batch_norm(const NormOptions& options) {
  return options.kind == NormKind::kBatch || options.kind == NormKind::kSyncBatch;
}

/// act(norm(x) + residual) of a batch norm in training as one operation, where there is one.
std::optional<Tensor> at_once(NormImpl& norm, const Tensor& x,
                              const std::optional<Tensor>& residual, bool relu) {
  const batch_norm::State state{norm.weight, norm.bias, norm.running_mean, norm.running_var};
  if (norm.is_shared()) return std::nullopt;
  if (!norm.is_training() || !is_batch_norm(norm.options()) || !batch_norm::fits(x, state)) {
    return std::nullopt;
  }
  norm.num_batches_tracked += 1;
  return batch_norm::normalise(x, state, residual, {.eps = norm.options().eps, .relu = relu});
}

}  // namespace

NormOptions norm_options(const Parameters& parameters, std::string_view norm,
                         std::string_view groups) {
  const std::string& name = parameters.choice(norm);
  for (const auto& [word, options] : kNorms) {
    if (word != name) continue;
    NormOptions out = options;
    out.groups = parameters.integer(groups);
    return out;
  }
  throw input_error(fmt::format("there is no norm '{}'", name));
}

NormImpl::NormImpl(int64_t channels, const NormOptions& options)
    : channels_(channels), options_(options) {
  if (options.kind == NormKind::kNone) return;
  if (options.kind == NormKind::kGroup && channels % options.groups != 0) {
    throw input_error(
        fmt::format("group norm cannot split {} channels into {} groups", channels, options.groups),
        fmt::format("choose groups that divide {}", channels));
  }
  if (options.affine) {
    weight = register_parameter("weight", torch::ones({channels}));
    bias = register_parameter("bias", torch::zeros({channels}), /*requires_grad=*/options.shift);
  }
  if (is_batch_norm(options)) {
    running_mean = register_buffer("running_mean", torch::zeros({channels}));
    running_var = register_buffer("running_var", torch::ones({channels}));
    num_batches_tracked = register_buffer("num_batches_tracked", torch::zeros({}, torch::kInt64));
  }
}
NormImpl::~NormImpl() = default;

Tensor NormImpl::forward(const Tensor& x) {
  if (options_.kind == NormKind::kNone) return x;
  if (x.dim() < 2 || x.dim() > 4) {
    throw input_error(fmt::format("a norm takes 2 to 4 dimensions, not {}", x.dim()));
  }
  const bool tokens = x.dim() == 3;
  if (is_batch_norm(options_)) {
    return tokens ? batch_norm(x.flatten(0, 1)).view(x.sizes()) : batch_norm(x);
  }
  if (options_.kind == NormKind::kLayer) return x.dim() == 4 ? group_norm(x, 1) : layer_norm(x);
  return tokens ? group_norm(x.transpose(1, 2), options_.groups).transpose(1, 2)
                : group_norm(x, options_.groups);
}

bool NormImpl::is_shared() const {
  return options_.kind == NormKind::kSyncBatch && group_ != nullptr && group_->size() > 1;
}

// Each process's moments are exact, and theirs are put together as Chan et al. 1983 do (eq. 2.1):
// sums of squares over all would lose the digits of a channel whose mean is large.
Tensor NormImpl::shared_batch_norm(const Tensor& x) {
  constexpr double kMomentum = 0.1;
  std::vector<int64_t> sides{1, channels_, 1, 1};
  sides.resize(static_cast<size_t>(x.dim()));
  std::vector<int64_t> others;
  for (int64_t i = 0; i < x.dim(); ++i) {
    if (i != 1) others.push_back(i);
  }
  const Tensor all = wide(x);
  const auto [own_variance, own_mean] =
      torch::var_mean(all, others, /*correction=*/at::Scalar(0), /*keepdim=*/false);
  const Tensor moments = group_->gather(torch::stack({own_mean, own_variance}).unsqueeze(0));
  const Tensor means = moments.select(1, 0);
  const Tensor mean = means.mean(0);
  const Tensor variance = (moments.select(1, 1) + (means - mean).square()).mean(0);
  {
    const torch::NoGradGuard guard;
    const auto values =
        static_cast<double>(x.numel() * group_->size()) / static_cast<double>(channels_);
    running_mean.lerp_(mean.to(running_mean.scalar_type()), kMomentum);
    running_var.lerp_((variance * (values / (values - 1))).to(running_var.scalar_type()),
                      kMomentum);
  }
  Tensor scale = (variance + options_.eps).rsqrt();
  if (weight.defined()) scale = scale * weight;
  Tensor out = (all - mean.view(sides)) * scale.view(sides);
  if (bias.defined()) out = out + bias.view(sides);
  return out.to(x.scalar_type());
}

Tensor NormImpl::batch_norm(const Tensor& x) {
  if (std::optional<Tensor> out = at_once(*this, x, {}, /*relu=*/false)) return *out;
  if (is_training()) num_batches_tracked += 1;
  if (is_training() && is_shared()) return shared_batch_norm(x);
  return F::batch_norm(x, running_mean, running_var,
                       F::BatchNormFuncOptions()
                           .weight(weight)
                           .bias(bias)
                           .training(is_training())
                           .eps(options_.eps));
}

Tensor NormImpl::group_norm(const Tensor& x, int64_t groups) const {
  if (x.numel() == x.size(0) * groups) {
    throw input_error(fmt::format("the norm of {} channels in {} groups would be constant, since a "
                                  "group has one value an image",
                                  channels_, groups),
                      "choose fewer groups");
  }
  // In channels-last order ATen's loop runs along the few channels of a group, and is 5 to 20 times
  // slower than two copies when they are fewer than a vector's lanes.
  const auto format = x.suggest_memory_format();
  const bool few = channels_ / groups < 8;
  return torch::group_norm(few ? x.contiguous() : x, groups, weight, bias, options_.eps)
      .contiguous(format);
}

Tensor NormImpl::layer_norm(const Tensor& x) const {
  if (channels_ < 2) throw input_error("the layer norm of one channel would be constant");
  return torch::layer_norm(x, {channels_}, weight, bias, options_.eps);
}

Tensor NormImpl::forward_relu(const Tensor& x, const std::optional<Tensor>& residual) {
  if (std::optional<Tensor> out = at_once(*this, x, residual, /*relu=*/true)) return *out;
  Tensor out = forward(x);
  // Without a norm it is x itself.
  bool own = options_.kind != NormKind::kNone;
  if (residual) {
    out = own ? out.add_(*residual) : out + *residual;
    own = true;
  }
  return own ? out.relu_() : out.relu();
}

Tensor norm_relu(Norm& norm, const Tensor& x) { return norm->forward_relu(x, {}); }

Tensor norm_add_relu(Norm& norm, const Tensor& x, const Tensor& residual) {
  return norm->forward_relu(x, residual);
}

Tensor standardised(const Tensor& weight) {
  constexpr double kEps = 1e-10;
  // A row's mean and variance do not care in which order its values lie: taken as they lie, no copy
  // is made of a weight in NHWC order.
  const bool nhwc = weight.dim() == 4 && !weight.is_contiguous();
  const Tensor rows = nhwc ? weight.permute({0, 2, 3, 1}) : weight;
  const Tensor out = torch::layer_norm(rows, rows.sizes().slice(1), {}, {}, kEps);
  return nhwc ? out.permute({0, 3, 1, 2}) : out;
}

LinearImpl::LinearImpl(const torch::nn::LinearOptions& options, bool standardised)
    : torch::nn::LinearImpl(options), standardised_(standardised) {
  require_inputs(standardised, weight.size(1));
}
LinearImpl::~LinearImpl() = default;

Tensor LinearImpl::forward(const Tensor& x) {
  if (!standardised_) return torch::nn::LinearImpl::forward(x);
  return F::linear(x, sslx::standardised(weight), bias);
}

std::shared_ptr<torch::nn::Module> LinearImpl::clone(const std::optional<torch::Device>&) const {
  throw not_cloneable();
}

Linear linear_before(const NormOptions& norm, int64_t inputs, int64_t outputs) {
  const auto options = torch::nn::LinearOptions(inputs, outputs);
  return Linear(torch::nn::LinearOptions(options).bias(norm.kind == NormKind::kNone),
                norm.standardised);
}

}  // namespace sslx
