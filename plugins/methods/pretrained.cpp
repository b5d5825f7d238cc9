// A frozen network with published or exported weights, to be evaluated and nothing else. The
// weights are the trial's `backbone.weights`, which the host puts into every backbone that it
// makes.
#include "frozen.h"

namespace {

class Pretrained : public sslx::FrozenNetwork {
 public:
  explicit Pretrained(const sslx::MethodContext& context) {
    // A table must not show an untrained network under this name.
    if (!context.pretrained) {
      throw sslx::input_error(
          "there are no weights to evaluate; backbone.weights must name some, as `sslx import` "
          "prints");
    }
    freeze_as(context.make_backbone());
  }
};

}  // namespace

SSLX_METHOD(Pretrained, "pretrained", "1.0.0", "a frozen network with the weights of a file", "",
            sslx::no_parameters);
SSLX_DIAGNOSTICS("");
