// The parameters that every trial has beside its plugins' and those of train_options.h and
// evaluate_options.h: of views, and how a sweep is run. They are declared and checked as a
// plugin's.
#pragma once

#include <sslx/parameters.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

const std::vector<ParameterSpec>& view_schema();       ///< Without ops.
const std::vector<ParameterSpec>& operation_schema();  ///< Beside the augmentation's own.
const std::vector<ParameterSpec>& run_schema();

/// Parameters::resolve() whose messages name the line of the very key that is wrong; keys of the
/// table in `except` are passed over.
Parameters resolve_table(const std::vector<ParameterSpec>& schema, const Config& table,
                         const std::string& what, const std::vector<std::string>& except = {});

}  // namespace sslx::sweep
