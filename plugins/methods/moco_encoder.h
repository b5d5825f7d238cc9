// The encoder of MoCo's family: a backbone with a projection head, linear in v1 (He et al. 2019,
// arXiv:1911.05722), of two layers in v2 (Chen et al. 2020, arXiv:2003.04297).
#pragma once

#include <sslx/method.h>
#include <sslx/modules.h>

namespace sslx {

/// From the parameters head (linear|mlp), output_width, head_norm and head_groups.
inline Encoder make_moco_encoder(const MethodContext& context) {
  const Parameters& p = context.parameters;
  MlpOptions head;
  head.output = p.integer("output_width");
  head.layers = p.choice("head") == "mlp" ? 2 : 1;
  head.norm = norm_options(p, "head_norm", "head_groups");
  return Encoder(context.make_backbone(), head);
}

}  // namespace sslx
