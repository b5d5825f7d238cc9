// RGB to L*a*b*, whole or in parts.
#include <sslx/error.h>
#include <sslx/image_ops.h>

#include "host/sdk/images/batch.h"
#include "host/sdk/images/tensor_path.h"

namespace sslx::image_ops {

torch::Tensor rgb_to_lab(torch::Tensor images, LabChannels channels) {
  torch::Tensor given = checked(std::move(images), "lab");
  if (given.size(1) != 3) {
    throw input_error("lab works on colour images; these have one channel");
  }
  if (!given.device().is_cpu()) return tensor_path::rgb_to_lab(given, channels);
  const torch::Tensor in = changeable(std::move(given));
  const bool light = channels != LabChannels::kColour;
  const bool colour = channels != LabChannels::kLightness;
  torch::Tensor out = torch::empty(
      {in.size(0), (light ? 1 : 0) + (colour ? 2 : 0), in.size(2), in.size(3)}, torch::kFloat32);
  for (int64_t n = 0; n < in.size(0); ++n) {
    const Planes p = planes_of(in, n);
    float* to = values_of(out, n);
    float* a = light ? to + p.size : to;
    lab_image(light ? to : nullptr, colour ? a : nullptr, colour ? a + p.size : nullptr, p);
  }
  return out;
}

}  // namespace sslx::image_ops
