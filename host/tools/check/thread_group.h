// Several processes emulated by as many threads: a Group whose gather and sum meet at a barrier,
// forwards and backwards, as collectives do.
#pragma once

#include <sslx/group.h>
#include <sslx/torch_base.h>

#include <barrier>
#include <functional>
#include <vector>

namespace sslx::check {

/// Where the threads exchange tensors.
class Meeting {
 public:
  explicit Meeting(int64_t size) : places_(static_cast<size_t>(size)), barrier_(size) {}
  virtual ~Meeting() = default;

  std::vector<torch::Tensor> exchange(int64_t rank, const torch::Tensor& mine);
  torch::Tensor sum(int64_t rank, const torch::Tensor& mine);
  /// The gradient of the rows that `rank` gave to a gather whose result has the gradient `outer`
  /// there: its part of the sum over all. Tests get it wrong on purpose.
  virtual torch::Tensor of_gathered(int64_t rank, const torch::Tensor& outer);
  void leave() { barrier_.arrive_and_drop(); }
  int64_t size() const { return static_cast<int64_t>(places_.size()); }

 private:
  std::vector<torch::Tensor> places_;
  std::barrier<> barrier_;
};

/// Runs `work` in as many threads as the meeting has places, each with its group; rethrows what one
/// of them threw.
void run_in_group(Meeting& meeting, const std::function<void(std::shared_ptr<Group>)>& work);

}  // namespace sslx::check
