// The lower bracket of every table: a frozen network as it was initialised. Batch norm stays in
// evaluation mode with its initial statistics (mean 0, variance 1).
#include "frozen.h"

namespace {

class Random : public sslx::FrozenNetwork {
 public:
  explicit Random(const sslx::MethodContext& context) {
    // A table must not show a trained network under this name.
    if (context.pretrained) {
      throw sslx::input_error(
          "with weights it is no random network; backbone.weights must be left out of this "
          "variant, as weights = \"\"");
    }
    freeze_as(context.make_backbone());
  }
};

}  // namespace

SSLX_METHOD(Random, "random", "1.0.0", "a frozen random network: the lower bracket", "",
            sslx::no_parameters);
SSLX_DIAGNOSTICS("");
