// A frozen network with published or exported weights, to be evaluated and nothing else. The
// weights are the trial's `backbone.weights`, which the host puts into every backbone that it
// makes.
#include <sslx/error.h>
#include <sslx/method.h>

namespace {

class Pretrained : public sslx::Method {
 public:
  explicit Pretrained(const sslx::MethodContext& context) {
    // A table must not show an untrained network under this name.
    if (!context.pretrained) {
      throw sslx::input_error(
          "there are no weights to evaluate; backbone.weights must name some, as `sslx import` "
          "prints");
    }
    backbone_ = register_module("backbone", context.make_backbone());
  }

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch&) override {
    throw sslx::Error(sslx::ErrorKind::kRun, "a frozen network has no loss");
  }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

  std::vector<sslx::ParameterGroup> parameter_groups() override { return {}; }

 private:
  std::shared_ptr<sslx::Backbone> backbone_;
};

}  // namespace

SSLX_METHOD(Pretrained, "pretrained", "1.0.0", "a frozen network with the weights of a file", "",
            sslx::no_parameters);
SSLX_DIAGNOSTICS("");
