// The processes that train one trial together, each on its share of every batch, as the training
// loop sees them. Value and gradient of a step are the means over the processes, so that they are
// those of the whole batch in one; weights, buffers and what is recorded are the same everywhere.
#pragma once

#include <sslx/method.h>

#include <memory>
#include <vector>

namespace sslx::train {

/// What one process knows before a step, and all act on.
struct Signals {
  bool stop = false;  ///< It was told to end.
  bool keep = false;  ///< A checkpoint is due.
};

/// The class itself is one process alone, for which nothing changes. Every process makes the same
/// calls in the same order; one that is gone makes them throw in the others.
class Team {
 public:
  virtual ~Team() = default;
  virtual int64_t rank() const { return 0; }
  virtual int64_t size() const { return 1; }
  /// It writes the journal and the files.
  bool leads() const { return rank() == 0; }

  /// What methods and norms are given.
  virtual std::shared_ptr<Group> group() const { return std::make_shared<Group>(); }

  /// All go on with the leader's parameters and buffers; from now on to end() the gradients of
  /// these groups are shared.
  virtual void begin(torch::nn::Module& /*network*/,
                     const std::vector<ParameterGroup>& /*groups*/) {}
  virtual void end() {}

  /// Before the backward pass of the last batch of a step, from `loss`: after it the gradients, of
  /// the step's earlier batches among them, are the mean over the processes.
  virtual void before_backward(const torch::Tensor& /*loss*/) {}

  /// The mean of the value and of each diagnostic, without a gradient.
  virtual Loss mean(Loss loss) { return loss; }

  /// Batch norm's running statistics become the mean of what each process makes of the old ones.
  virtual void average_statistics(torch::nn::Module& /*network*/) {}

  /// What any of them says.
  virtual Signals any(Signals own) { return own; }

  /// What each has, in the order of their ranks; of one shape and type everywhere.
  virtual std::vector<torch::Tensor> exchange(const torch::Tensor& own) { return {own}; }
};

}  // namespace sslx::train
