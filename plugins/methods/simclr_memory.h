// The memory of SimCLR v2 (Chen et al. 2020, arXiv:2006.10029, section 2): what a moving average of
// the network made of earlier batches is kept as MoCo keeps its keys, and adds to the negatives of
// the batch.
#pragma once

#include <sslx/group.h>
#include <sslx/losses.h>
#include <sslx/modules.h>
#include <sslx/precision.h>
#include <sslx/shards.h>

#include <limits>
#include <vector>

#include "moco_queue.h"

namespace sslx {

/// NT-Xent (SimCLR, eq. 1; arXiv:2002.05709) of this shard's 2B views against all processes' views
/// and `memory` [K, D], unit rows without a gradient; it may be undefined. All equally similar
/// gives ln(2B - 1 + K), B of all processes.
inline ContrastiveLoss nt_xent(const torch::Tensor& z1, const torch::Tensor& z2,
                               const torch::Tensor& memory, double temperature, Group& group) {
  if (!memory.defined()) return nt_xent(z1, z2, temperature, group);
  const FullPrecision guard(z1.device().type());
  const torch::Tensor z = unit_rows(torch::cat({z1, z2}));
  const int64_t count = z.size(0);
  const torch::Tensor rows = torch::arange(count, z.options().dtype(torch::kInt64));
  const torch::Tensor self = (rows + group.rank() * count).unsqueeze(1);
  const torch::Tensor positives = (rows + count / 2).remainder(count) + group.rank() * count;
  const torch::Tensor all = torch::cat({group.gather(z), memory.to(z.scalar_type())});
  const torch::Tensor logits = (torch::mm(z, all.t()) / temperature)
                                   .scatter(1, self, -std::numeric_limits<double>::infinity());
  const torch::Tensor hits = logits.detach().argmax(1).eq(positives);
  return {torch::nn::functional::cross_entropy(logits, positives), hits.to(torch::kFloat32).mean()};
}

class ViewMemoryImpl : public torch::nn::Module {
 public:
  /// A memory of `length` outputs of `width`; `average` has the parts of the network.
  ViewMemoryImpl(const Encoder& average, int64_t length, int64_t width,
                 const torch::Generator& generator)
      : average_(register_module("average", average)),
        queue_(register_module("queue", KeyQueue(length, width, generator))) {}

  /// [K, D], as it is until update().
  const torch::Tensor& rows() const { return queue_->keys(); }

  void begin_as(const EncoderImpl& network) { copy_frozen(network, *average_); }

  /// To be kept from the next step on: what the average makes of these views [N, C, H, W].
  void see(const torch::Tensor& views) {
    const torch::NoGradGuard guard;
    seen_.push_back(unit_rows(average_->forward(views)));
  }

  /// To be called after the step.
  void update(const EncoderImpl& network, double momentum, Group& group) {
    const torch::NoGradGuard guard;
    for (const torch::Tensor& rows : seen_) queue_->push(group.gather(rows));
    seen_.clear();
    momentum_update(network, *average_, momentum);
  }

 private:
  Encoder average_;
  KeyQueue queue_;
  std::vector<torch::Tensor> seen_;
};
TORCH_MODULE(ViewMemory);

}  // namespace sslx
