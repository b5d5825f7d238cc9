// Does with the plugin what sslx does: makes it, takes a loss and its gradient, reads features.
#include <sslx/linked_plugin.h>
#include <sslx/method.h>

#include <iostream>
#include <nlohmann/json.hpp>

namespace {

using torch::Tensor;

struct TinyBackbone : sslx::Backbone {
  TinyBackbone() : layer(register_module("layer", torch::nn::Linear(3 * 8 * 8, 16))) {}
  Tensor forward(const Tensor& images) override { return layer->forward(images.flatten(1)); }
  int64_t feature_dim() const override { return 16; }
  torch::nn::Linear layer;
};

int failures = 0;
void check(bool holds, const char* what) {
  if (!holds) std::cerr << "@NAME@: it does not hold that " << what << '\n';
  failures += holds ? 0 : 1;
}

}  // namespace

int main() {
  torch::manual_seed(0);
  const auto parameters = sslx::linked_parameters(nlohmann::json::object());
  const sslx::MethodContext context{
      parameters, [] { return std::make_shared<TinyBackbone>(); }, torch::kCPU, 32, 4, 1, {}};
  const std::shared_ptr<sslx::Method> method = sslx_plugin_entry()->make_method(context);

  const Tensor images = torch::rand({32, 3, 8, 8});
  sslx::Batch batch{{images, images}, torch::arange(32), torch::zeros({32}, torch::kLong)};
  const sslx::Loss same = method->loss(batch);
  check(same.value.dim() == 0 && same.value.isfinite().item<bool>(), "the loss is finite");
  check(same.diagnostics.at("alignment_term").item<float>() < 1e-6, "equal views are aligned");

  batch.views[1] = torch::rand({32, 3, 8, 8});
  const sslx::Loss other = method->loss(batch);
  check(other.value.item<float>() > same.value.item<float>(), "other views have a larger loss");
  other.value.backward();
  for (const Tensor& parameter : method->parameters()) {
    check(parameter.grad().defined(), "every parameter has a gradient");
  }
  check(method->embed(images).sizes() == torch::IntArrayRef{32, 16}, "features are [N, D]");
  return failures == 0 ? 0 : 1;
}
