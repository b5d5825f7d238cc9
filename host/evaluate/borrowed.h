// A module that is lent out to be trained further, and comes back as it was.
#pragma once

#include <sslx/torch_base.h>

#include <vector>

namespace sslx::train {

/// While it lives every parameter of the module learns, those too that its method keeps frozen (a
/// momentum copy that evaluation reads). The destructor puts weights, buffers, the gradients' flags
/// and the mode back, and drops the gradients.
class Borrowed {
 public:
  explicit Borrowed(torch::nn::Module& module);
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed();

 private:
  struct Kept {
    torch::Tensor tensor;  ///< The module's own.
    torch::Tensor value;   ///< What it held.
    bool learns;
  };
  torch::nn::Module& module_;
  bool was_training_;
  std::vector<Kept> kept_;
};

}  // namespace sslx::train
