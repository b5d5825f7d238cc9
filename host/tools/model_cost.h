// What a backbone costs: its parameters, and the multiply-adds of one image, counted while it runs.
// Nothing is typed in and no layer is known by name: torch tells which products of matrices,
// convolutions and attentions it computes, and of which shapes. As in the tables of papers, norms,
// activations, pooling and additions are not counted.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>

namespace sslx {
class Backbone;
}

namespace sslx::train {

struct ModelCost {
  int64_t parameters = 0;     ///< Trained numbers; running statistics are none.
  int64_t multiply_adds = 0;  ///< Of one image.
  int64_t features = 0;       ///< Width of the output.
};

/// Runs one black image [1, channels, size, size] through the backbone, in evaluation mode.
ModelCost model_cost(Backbone& backbone, int64_t channels, int64_t size);

/// `sslx plugins show`: makes the backbone of request's "config" and prints its cost for an image
/// of "image_size" and "channels". Ends the process when that takes longer than "seconds".
void describe_backbone(const nlohmann::json& request);

}  // namespace sslx::train
