// The parameters that every trial has beside its plugins': training, evaluation, and how it is run.
// They are declared and checked as a plugin's are.
#pragma once

#include <sslx/parameters.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

const std::vector<ParameterSpec>& train_schema();
const std::vector<ParameterSpec>& view_schema();       ///< Without ops.
const std::vector<ParameterSpec>& operation_schema();  ///< Beside the augmentation's own.
const std::vector<ParameterSpec>& evaluate_schema();   ///< Without ops, knn and linear.
const std::vector<ParameterSpec>& knn_schema();
const std::vector<ParameterSpec>& linear_schema();
const std::vector<ParameterSpec>& run_schema();

/// Parameters::resolve() whose messages name the line of the very key that is wrong; keys of the
/// table in `except` are passed over.
Parameters resolve_table(const std::vector<ParameterSpec>& schema, const Config& table,
                         const std::string& what, const std::vector<std::string>& except = {});

/// A trial's train table: checked, with its defaults. An option that does not concern the chosen
/// optimiser, schedule or clipping is left out, and refused with another value than its default; so
/// are those that trials from before them do not have, while they change nothing: a trial's
/// identity stays. Throws Error(kInput).
nlohmann::json resolve_train(const Config& table);

}  // namespace sslx::sweep
