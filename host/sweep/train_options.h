// The options of a trial's training: epochs, batches, optimiser and schedules, declared and checked
// as a plugin's parameters are.
#pragma once

#include <sslx/parameters.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

const std::vector<ParameterSpec>& train_schema();

/// A trial's train table: checked, with its defaults. An option that does not concern the chosen
/// optimiser, schedule or clipping is left out, and refused with another value than its default; so
/// are those that trials from before them do not have, while they change nothing: a trial's
/// identity stays. Throws Error(kInput).
nlohmann::json resolve_train(const Config& table);

}  // namespace sslx::sweep
