#include "host/evaluate/attention.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/machine/beacon.h"

namespace sslx::evaluate {

using torch::Tensor;

Tensor kept_mass(const Tensor& maps, double mass) {
  const Tensor flat = maps.flatten(2);
  const auto [values, order] = flat.sort(/*dim=*/2, /*descending=*/true);
  const Tensor before = values.cumsum(2) - values;  // of those that are greater
  const Tensor kept = before < mass * flat.sum(2, /*keepdim=*/true);
  return torch::zeros_like(kept).scatter(2, order, kept).view(maps.sizes());
}

Tensor jaccard(const Tensor& kept, const Tensor& masks) {
  const Tensor mask = masks.unsqueeze(1);
  const Tensor both = (kept & mask).sum({2, 3}).to(torch::kFloat64);
  const Tensor either = (kept | mask).sum({2, 3}).to(torch::kFloat64);
  return both / either.clamp_min(1);
}

ProbeResult attention_probe(const AttentionMaps& maps, const data::Images& images,
                            const Prepare& prepare, torch::Device device,
                            const AttentionOptions& options) {
  std::vector<Tensor> all;
  for (int64_t start = 0; start < images.size(); start += options.batch_size) {
    const Tensor batch = images.range(start, std::min(start + options.batch_size, images.size()));
    const Tensor input = prepare(batch);
    const auto side = [](const Tensor& tensor) { return tensor.sizes().slice(2); };
    if (side(input) != side(batch)) {
      throw input_error(fmt::format(
          "evaluate.ops makes {} x {} pixels of images with {} x {}, and their masks stay as they "
          "are; for evaluate.attention it must not change the size",
          input.size(2), input.size(3), batch.size(2), batch.size(3)));
    }
    const torch::NoGradGuard guard;
    const Tensor found = maps(input.to(device)).to(torch::kCPU, torch::kFloat32);
    const Tensor kept = kept_mass(found, options.mass).to(torch::kFloat32);
    const Tensor enlarged = torch::upsample_nearest2d(kept, side(batch)).to(torch::kBool);
    all.push_back(jaccard(enlarged, batch.select(1, options.mask).gt(127)));
    machine::sign_of_life();
  }
  const Tensor heads = torch::cat(all).mean(0);
  ProbeResult out;
  out.metric = "attention_jaccard";
  out.accuracy = 100 * heads.max().item<double>();
  out.predictions = torch::empty({0}, torch::kInt64);
  out.protocol = {{"probe", "attention of the class token in the last block"},
                  {"mass", options.mass},
                  {"features", fmt::format("the best of {} heads over all images", heads.size(0))}};
  return out;
}

}  // namespace sslx::evaluate
