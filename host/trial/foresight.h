// What a trial would refuse before its first step, found without its images: whether the views, the
// network and what judges it agree about channels, and whether a method that learns from labels
// gets them. `sslx sweep` asks it of all its trials before the first (host/sweep/foresight.h).
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace sslx::train {

/// `questions` is an array of
///   {"request": a trial's, "steps": of its training, "count", "unlabelled", "classes": of its
///    training images, "images": {"channels", "height", "width" (0: not known),
///    "sources": [[name, channels], ...]}, "judged": the same of evaluate.data, where it is known}.
/// Returns {"at": which, "message", "hint"} for the first that is refused as bad input, else {}.
/// What else is wrong with one is left to its trial.
nlohmann::json foresee(const nlohmann::json& questions);

}  // namespace sslx::train
