// The memory of SimCLR v2 (Chen et al. 2020, arXiv:2006.10029, section 2): what a moving average of
// the network made of earlier batches is kept as MoCo keeps its keys, and adds to the negatives of
// the batch.
#pragma once

#include <sslx/key_queue.h>
#include <sslx/modules.h>
#include <sslx/shards.h>

namespace sslx {

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

  /// To be kept from the next step on: what the average makes of these views [B, C, H, W] each,
  /// which pass as one batch. The queue has one view of all processes after the other.
  void see(const std::vector<torch::Tensor>& views) {
    const torch::NoGradGuard guard;
    const torch::Tensor keys = unit_rows(average_->forward(torch::cat(views)));
    for (const torch::Tensor& one : keys.chunk(std::ssize(views))) queue_->see(one);
  }

  /// To be called after the step.
  void update(const EncoderImpl& network, double momentum, Group& group) {
    queue_->advance(group);
    momentum_update(network, *average_, momentum);
  }

 private:
  Encoder average_;
  KeyQueue queue_;
};
TORCH_MODULE(ViewMemory);

}  // namespace sslx
