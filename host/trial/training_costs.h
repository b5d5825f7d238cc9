// What a training takes, found without its images: a step of a few images is made, and what it held
// and computed is told by image. `sslx sweep` asks it before its first trial
// (host/sweep/training_cost.h).
#pragma once

#include <nlohmann/json.hpp>

namespace sslx::train {

/// `questions` is as of foresee() (foresight.h). Returns an array with an object for each, or null
/// for one whose step cannot be made, or that was not come to within `seconds`:
///   {"state": bytes of parameters and buffers, "gradients": of what is trained, "fixed": held by a
///    step of no images, "image": by each more, "image_in_turn": likewise with train.views_in_turn,
///    or null where that is not asked or the method takes its views at once, "views": of an image's
///    views, "multiply_adds": of each image, forward and backward, "separable": as the method says}
nlohmann::json training_costs(const nlohmann::json& questions, double seconds, bool in_turn);

}  // namespace sslx::train
