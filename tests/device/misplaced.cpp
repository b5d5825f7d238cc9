// A method with one mistake of those that a processor forgives and a GPU does not, or whose loss
// is no number from its third or hundredth step on.
#include <ATen/CPUGeneratorImpl.h>
#include <sslx/method.h>

#include <cmath>

namespace {

using torch::Tensor;

constexpr std::array kParameters{sslx::choice("mistake", "right",
                                              "right|constant|generator|memory|item|nan|late_nan",
                                              "what is wrong on a GPU")};

class Misplaced : public sslx::Method {
 public:
  explicit Misplaced(const sslx::MethodContext& context)
      : mistake_(context.parameters.choice("mistake")),
        backbone_(register_module("backbone", context.make_backbone())) {}

  int64_t view_count() const override { return 1; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    Tensor z = backbone_->forward(batch.views[0]);
    if (mistake_ == "constant") z = z + torch::ones({z.size(1)});
    if (mistake_ == "generator") {
      z = z + torch::empty_like(z).normal_(0, 1, at::detail::createCPUGenerator(1));
    }
    if (mistake_ == "memory") z = z * (1 + 0 * z.detach().data_ptr<float>()[0]);
    const Tensor value = z.square().mean();
    if (mistake_ == "item" && value.item<float>() < 0) throw std::runtime_error("it is negative");
    ++steps_;
    const bool nan =
        (mistake_ == "nan" && steps_ >= 3) || (mistake_ == "late_nan" && steps_ >= 100);
    if (nan) return {value * std::nan(""), {}};
    return {value, {}};
  }

  Tensor embed(const Tensor& images) override { return backbone_->forward(images); }

 private:
  std::string mistake_;
  int64_t steps_ = 0;
  std::shared_ptr<sslx::Backbone> backbone_;
};

}  // namespace

SSLX_METHOD(Misplaced, "misplaced", "1.0.0", "has one mistake", "", kParameters);
