// MoCo's queue (He et al. 2019, arXiv:1911.05722, section 3.2): the last K keys, first in, first
// out. InfoMin has one, SwAV has one of each view, and SimCLR v2's memory is one.
#pragma once

#include <sslx/group.h>
#include <sslx/losses.h>
#include <sslx/torch_base.h>

#include <algorithm>
#include <vector>

namespace sslx {

/// Its rows and the place of the oldest are buffers, `keys` and `pointer`.
class KeyQueueImpl : public torch::nn::Module {
 public:
  /// Begins as random unit vectors, as in the authors' code.
  KeyQueueImpl(int64_t length, int64_t width, const torch::Generator& generator)
      : keys_(register_buffer("keys", unit_rows(torch::randn({length, width}, generator)))),
        pointer_(register_buffer("pointer", torch::zeros({}, torch::kInt64))) {}

  /// [K, D]. No copy: nothing may be pushed before the backward pass of what has read them.
  const torch::Tensor& keys() const { return keys_; }
  int64_t length() const { return keys_.size(0); }

  /// Unit rows [B, D] take the places of the oldest; of more than K only the last stay. The
  /// authors' code wants K to be a multiple of B; here the wrap may be anywhere in a batch.
  void push(const torch::Tensor& rows) {
    const torch::NoGradGuard guard;
    const torch::Tensor kept = rows.slice(0, std::max<int64_t>(0, rows.size(0) - length()));
    const torch::Tensor places = torch::arange(kept.size(0), pointer_.options()) + pointer_;
    keys_.index_copy_(0, places.remainder(length()), kept.to(keys_.scalar_type()));
    pointer_.copy_((pointer_ + kept.size(0)).remainder(length()));
  }

  /// For loss(): these keys [B, D] are to be pushed after the step, since the queue that was scored
  /// must stay as it is until then. In evaluation they are forgotten.
  void see(const torch::Tensor& keys) {
    if (is_training()) seen_.push_back(keys.detach());
  }

  /// For after_step(): pushes what was seen since the last step, of all processes.
  void advance(Group& group) {
    const torch::NoGradGuard guard;
    for (const torch::Tensor& keys : seen_) push(group.gather(keys));
    seen_.clear();
  }

 private:
  torch::Tensor keys_;
  torch::Tensor pointer_;
  std::vector<torch::Tensor> seen_;
};
TORCH_MODULE(KeyQueue);

}  // namespace sslx
