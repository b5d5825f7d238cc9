// The parameters that every trial has beside its plugins' and those of train_options.h and
// evaluate_options.h: of views, of the table, and how a sweep is run. They are declared and checked
// as a plugin's.
#pragma once

#include <sslx/parameters.h>

#include <vector>

namespace sslx::sweep {

const std::vector<ParameterSpec>& view_schema();       ///< Without ops.
const std::vector<ParameterSpec>& operation_schema();  ///< Beside the augmentation's own.
const std::vector<ParameterSpec>& pairs_schema();      ///< Without ops.
const std::vector<ParameterSpec>& table_schema();      ///< Without rows, columns and the like.
const std::vector<ParameterSpec>& claim_schema();      ///< Without cells and texts.
const std::vector<ParameterSpec>& run_schema();

}  // namespace sslx::sweep
