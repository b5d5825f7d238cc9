// A frozen network: evaluated as it is, and never trained. What `random` and `pretrained` are.
#pragma once

#include <sslx/error.h>
#include <sslx/method.h>

namespace sslx {

class FrozenNetwork : public Method {
 public:
  int64_t view_count() const override { return 1; }

  Loss loss(const Batch&) override { throw Error(ErrorKind::kRun, "a frozen network has no loss"); }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

  std::vector<ParameterGroup> parameter_groups() override { return {}; }

 protected:
  /// To be called by the constructor.
  void freeze_as(std::shared_ptr<Backbone> backbone) {
    backbone_ = register_module("backbone", std::move(backbone));
  }

 private:
  std::shared_ptr<Backbone> backbone_;
};

}  // namespace sslx
