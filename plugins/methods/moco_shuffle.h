// Shuffled batch norm (MoCo, section 3.3; arXiv:1911.05722). Batch norm lets the images of a batch
// tell each other apart: a query whose key shared its statistics would find it without looking. So
// each of several parts of the batch has statistics of its own, and keys are dealt to other parts
// than their queries. The parts are processes, or groups within one process, as in the authors'
// notebook for CIFAR-10 (SplitBatchNorm).
#pragma once

#include <fmt/format.h>
#include <sslx/draws.h>
#include <sslx/error.h>
#include <sslx/group.h>
#include <sslx/modules.h>
#include <sslx/running_statistics.h>
#include <sslx/torch_base.h>

#include <vector>

namespace sslx {

/// The encoder's output of each of `groups` parts of the images, each part alone; running
/// statistics become the mean of what each part makes of the old ones. Throws Error(kInput) when
/// the parts would not be equal.
inline torch::Tensor encode_in_groups(Encoder& encoder, const torch::Tensor& images,
                                      int64_t groups) {
  if (groups == 1) return encoder->forward(images);
  if (images.size(0) % groups != 0) {
    throw input_error(
        fmt::format("bn_groups is {}, but the batch has {} images; it must divide them", groups,
                    images.size(0)));
  }
  const std::vector<torch::Tensor> statistics = running_statistics(*encoder);
  std::vector<torch::Tensor> before;
  std::vector<torch::Tensor> sum;
  for (const torch::Tensor& one : statistics) {
    before.push_back(one.clone());
    sum.push_back(torch::zeros_like(one));
  }
  std::vector<torch::Tensor> out;
  for (const torch::Tensor& part : images.chunk(groups)) {
    for (size_t i = 0; i < sum.size(); ++i) statistics[i].copy_(before[i]);
    out.push_back(encoder->forward(part));
    for (size_t i = 0; i < sum.size(); ++i) sum[i].add_(statistics[i]);
  }
  for (size_t i = 0; i < sum.size(); ++i) statistics[i].copy_(sum[i].div_(groups));
  return torch::cat(out);
}

/// Draws the orders in which keys are dealt. How many it has drawn is a buffer.
class ShuffleImpl : public torch::nn::Module {
 public:
  explicit ShuffleImpl(const torch::Generator& generator)
      : seed_(register_buffer("seed", drawn_seed(generator))),
        draws_(register_buffer("draws", torch::zeros({}, torch::kInt64))) {}

  /// A random order of `count` images, the same in every process.
  torch::Tensor next_order(int64_t count) {
    const torch::Generator generator = generator_of(seed_, draws_.value());
    if (is_training()) draws_.add(1);
    return torch::randperm(count, generator, torch::kInt64);
  }

 private:
  Kept<int64_t> seed_;
  Kept<int64_t> draws_;
};
TORCH_MODULE(Shuffle);

/// What the encoder makes of this process's images [B, ...] when the images of all processes are
/// dealt to processes and groups in a random order; rows come back in the images' own order.
/// Without a `shuffle` each stays where it is.
inline torch::Tensor encode_shuffled(Shuffle& shuffle, Group& group, Encoder& encoder,
                                     const torch::Tensor& images, int64_t groups) {
  if (shuffle.is_empty()) return encode_in_groups(encoder, images, groups);
  const int64_t count = images.size(0);
  const torch::Tensor order = shuffle->next_order(count * group.size()).to(images.device());
  const auto own = [&](const torch::Tensor& places) {
    return places.slice(0, group.rank() * count, (group.rank() + 1) * count);
  };
  const torch::Tensor dealt = group.gather(images).index_select(0, own(order));
  const torch::Tensor out =
      encode_in_groups(encoder, dealt.contiguous(images.suggest_memory_format()), groups);
  return group.gather(out).index_select(0, own(order.argsort()));
}

}  // namespace sslx
