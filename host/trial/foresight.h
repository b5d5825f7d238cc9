// What a trial would refuse before its first step, found without its images: whether the views, the
// network and what judges it agree about channels, and whether a method that learns from labels
// gets them. `sslx sweep` asks it of all its trials before the first (host/sweep/foresight.h).
#pragma once

#include <sslx/augmentation.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "host/data/sources.h"

namespace sslx::train {

/// `questions` is an array of
///   {"request": a trial's, "steps": of its training, "count", "unlabelled", "classes": of its
///    training images, "images": {"channels", "height", "width" (0: not known),
///    "sources": [[name, channels], ...]}, "judged": the same of evaluate.data, where it is known}.
/// Returns {"at": which, "message", "hint"} for the first that is refused as bad input, else {}.
/// What else is wrong with one is left to its trial.
nlohmann::json foresee(const nlohmann::json& questions);

/// What a question says of the images: their shape, a side of 0 where it is not known, and the
/// views that the data set brings.
ImageShape known_shape(const nlohmann::json& form);
std::vector<data::Source> known_sources(const nlohmann::json& form);

}  // namespace sslx::train
