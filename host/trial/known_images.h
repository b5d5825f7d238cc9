// What a question to the host (foresight.h, training_costs.h) says of a trial's images.
#pragma once

#include <sslx/augmentation.h>

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "host/data/sources.h"

namespace sslx::train {

/// A side of 0 where it is not known.
ImageShape known_shape(const nlohmann::json& form);

/// The views that the data set brings.
std::vector<data::Source> known_sources(const nlohmann::json& form);

}  // namespace sslx::train
