// What the probes of a trial are told: their options, as its [evaluate] table has them, and the
// images that they learn from.
#pragma once

#include <nlohmann/json.hpp>

#include "host/data/split.h"
#include "host/evaluate/knn.h"
#include "host/evaluate/linear.h"

namespace sslx::train {

/// Probes learn from labels; images without one (STL-10's unlabelled part) have -1.
Split labelled(const Split& split);

evaluate::KnnOptions knn_options(const nlohmann::json& config);
evaluate::LinearOptions linear_options(const nlohmann::json& config);

}  // namespace sslx::train
