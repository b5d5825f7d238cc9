// One method in two builds of the same version: what evaluation reads is another part of the same
// features, so that the figures of a table tell which build made them.
#include <sslx/method.h>

namespace {

class Twin : public sslx::Method {
 public:
  explicit Twin(const sslx::MethodContext& context)
      : backbone_(register_module("backbone", context.make_backbone())) {}

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    return {backbone_->forward(batch.views[0]).pow(2).mean(), {}};
  }

  torch::Tensor embed(const torch::Tensor& images) override {
    return backbone_->forward(images).narrow(1, 0, SSLX_TWIN);
  }

 private:
  std::shared_ptr<sslx::Backbone> backbone_;
};

}  // namespace

SSLX_METHOD(Twin, "twin", "1.0.0", "one of two builds", "", sslx::no_parameters);
SSLX_DIAGNOSTICS("");
