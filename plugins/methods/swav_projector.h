// The parameters of the projector of SwAV and DeepCluster v2 (arXiv:2006.09882, section 4), which
// is sslx::mlp_options(): a hidden layer with batch norm and ReLU, then a linear layer.
#pragma once

#include <sslx/modules.h>

namespace sslx {

inline constexpr ParameterSpec kProjectorHidden =
    integer("hidden_width", 0, "width of the projector's hidden layer; 0 is the features'")
        .at_least(0);
inline constexpr ParameterSpec kProjectorOutput =
    integer("output_width", 128, "width of z").at_least(1);

}  // namespace sslx
