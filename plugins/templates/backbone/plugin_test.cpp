// Does with the plugin what sslx does: makes it for gray and coloured images, and takes features.
#include <sslx/backbone.h>
#include <sslx/linked_plugin.h>

#include <iostream>
#include <nlohmann/json.hpp>

namespace {

using torch::Tensor;

int failures = 0;
void check(bool holds, const char* what) {
  if (!holds) std::cerr << "@NAME@: it does not hold that " << what << '\n';
  failures += holds ? 0 : 1;
}

void check_images(const sslx::Parameters& parameters, int64_t channels, int64_t size) {
  const auto backbone = sslx_plugin_entry()->make_backbone({parameters, channels, size, size});
  const Tensor images = torch::rand({4, channels, size, size});
  const Tensor features = backbone->forward(images);
  check(features.sizes() == torch::IntArrayRef{4, backbone->feature_dim()}, "features are [N, D]");
  features.square().sum().backward();
  for (const Tensor& parameter : backbone->parameters()) {
    check(parameter.grad().defined(), "every parameter has a gradient");
  }
  backbone->eval();
  const Tensor alone = backbone->forward(images.narrow(0, 0, 1));
  check(alone.allclose(backbone->forward(images).narrow(0, 0, 1), 1e-4, 1e-5),
        "an image's features do not depend on the batch");
}

}  // namespace

int main() {
  torch::manual_seed(0);
  const auto parameters = sslx::linked_parameters(nlohmann::json::object());
  check_images(parameters, 1, 28);
  check_images(parameters, 3, 32);
  return failures == 0 ? 0 : 1;
}
