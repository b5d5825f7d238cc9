// The processes that share one batch, each with a shard of it: what a loss needs of the others'
// rows. The class itself is the group of one process, which changes nothing.
#pragma once

#include <sslx/detail/export.h>
#include <sslx/torch_base.h>

#include <memory>

namespace sslx {

/// A method writes its loss for its own shard against everything that the group has. The trainer
/// averages the loss and the gradients over the processes; then value and gradient are those of the
/// whole batch in one process.
class SSLX_API Group {
 public:
  virtual ~Group();

  /// This process's place, 0 to size() - 1.
  virtual int64_t rank() const { return 0; }
  virtual int64_t size() const { return 1; }

  /// The rows of all processes in the order of their ranks: [B, ...] to [size() * B, ...]; B is the
  /// same everywhere. The gradient of a process's rows is the sum of what all processes have for
  /// them: one that were dropped, or counted once a process, is a known mistake.
  virtual torch::Tensor gather(const torch::Tensor& rows);

  /// The sum over the processes, of the same shape; the gradient is summed likewise.
  virtual torch::Tensor sum(const torch::Tensor& values);
};

/// A part of a network or method that treats the images of a batch together, or draws for each, and
/// so must know of the other processes: a norm, a memory bank. It derives from this beside its
/// module, and is told before the training; a method itself has MethodContext::group.
class SSLX_API SharesBatch {
 public:
  virtual ~SharesBatch();
  virtual void share(std::shared_ptr<Group> group) = 0;
};

/// Tells every such part of a module, and of its submodules.
SSLX_API void share_batches(torch::nn::Module& module, const std::shared_ptr<Group>& group);

}  // namespace sslx
