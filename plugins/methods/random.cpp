// The lower bracket of every table: a frozen network as it was initialised. Batch norm stays in
// evaluation mode with its initial statistics (mean 0, variance 1).
#include <sslx/error.h>
#include <sslx/method.h>

namespace {

class Random : public sslx::Method {
 public:
  explicit Random(const sslx::MethodContext& context) {
    // A table must not show a trained network under this name.
    if (context.pretrained) {
      throw sslx::input_error(
          "with weights it is no random network; backbone.weights must be left out of this "
          "variant, as weights = \"\"");
    }
    backbone_ = register_module("backbone", context.make_backbone());
  }

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch&) override {
    throw sslx::Error(sslx::ErrorKind::kRun, "a frozen random network has no loss");
  }

  torch::Tensor embed(const torch::Tensor& images) override { return backbone_->forward(images); }

  std::vector<sslx::ParameterGroup> parameter_groups() override { return {}; }

 private:
  std::shared_ptr<sslx::Backbone> backbone_;
};

}  // namespace

SSLX_METHOD(Random, "random", "1.0.0", "a frozen random network: the lower bracket", "",
            sslx::no_parameters);
SSLX_DIAGNOSTICS("");
