// Does with the plugin what sslx does: makes it, draws for each image, applies it to the batch.
#include <sslx/augmentation.h>
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

std::unique_ptr<sslx::Augmentation> make(double probability) {
  return sslx_plugin_entry()->make_augmentation(
      sslx::linked_parameters({{"probability", probability}}));
}

Tensor applied(const sslx::Augmentation& augmentation, const Tensor& images) {
  const Tensor numbers = torch::zeros({images.size(0), augmentation.parameter_count()});
  for (int64_t image = 0; image < images.size(0); ++image) {
    sslx::RandomStream random(7, {.image = static_cast<uint32_t>(image)});
    float* row = numbers[image].data_ptr<float>();
    augmentation.sample(random, {3, 8, 8},
                        {row, static_cast<size_t>(augmentation.parameter_count())});
  }
  return augmentation.apply(images, numbers);
}

}  // namespace

int main() {
  const Tensor images = torch::randint(256, {64, 3, 8, 8}, torch::kByte);
  const Tensor pixels = sslx::to_unit_float(images);
  check(applied(*make(0), images).equal(pixels), "probability 0 changes nothing");
  const Tensor all = applied(*make(1), images);
  check(all.max().item<float>() < 0.5F + 1e-6F, "probability 1 leaves no bright pixel");
  const Tensor changed = (applied(*make(0.5), images) != pixels).flatten(1).any(1);
  const auto count = changed.sum().item<int64_t>();
  check(count > 16 && count < 48, "probability 0.5 changes about half of the images");
  check(all.sizes() == images.sizes(), "the shape stays");
  return failures == 0 ? 0 : 1;
}
