// What the processes that share a batch exchange, and the Group that a method sees of it: gather
// and sum with their gradients, whatever carries the tensors.
#pragma once

#include <sslx/group.h>
#include <sslx/torch_base.h>

#include <memory>
#include <vector>

namespace sslx::train {

/// One process's end of the exchange. Every process makes the same calls in the same order.
class Collectives {
 public:
  virtual ~Collectives() = default;
  virtual int64_t rank() const = 0;
  virtual int64_t size() const = 0;

  /// What each has, in the order of their ranks; of one shape and type everywhere.
  virtual std::vector<torch::Tensor> exchange(const torch::Tensor& mine) = 0;
  /// The sum over all, the same bits everywhere.
  virtual torch::Tensor sum(const torch::Tensor& mine) = 0;
  /// The gradient of the rows that this process gave to a gather whose result has the gradient
  /// `outer` here: its part of the sum over all.
  virtual torch::Tensor of_gathered(const torch::Tensor& outer);
};

/// Works with the exchange for as long as anything that it computed is needed.
std::shared_ptr<Group> group_of(std::shared_ptr<Collectives> collectives);

}  // namespace sslx::train
