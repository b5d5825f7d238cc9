// The options of a trial's evaluation: features, kNN, linear probe, and what fine-tunes the network
// on a part of the labels (SimCLR v2, arXiv:2006.10029). They are declared and checked as a
// plugin's are.
#pragma once

#include <sslx/parameters.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

const std::vector<ParameterSpec>& evaluate_schema();  ///< Without ops and the tables below.
const std::vector<ParameterSpec>& knn_schema();
const std::vector<ParameterSpec>& linear_schema();     ///< Without train_ops.
const std::vector<ParameterSpec>& probe_schema();      ///< Without name, data and the probes.
const std::vector<ParameterSpec>& attention_schema();  ///< Without mask.
const std::vector<ParameterSpec>& finetune_schema();   ///< Without ops.
const std::vector<ParameterSpec>& distil_schema();     ///< Without backbone.

/// The linear probe's options but for train_ops, checked, with its defaults. Throws Error(kInput).
nlohmann::json resolve_linear(const Config& table);

/// A trial's fine-tuning: checked, with its defaults, one number of epochs a share, and the
/// settings of the optimiser that nobody chooses. Null when `labels` is empty. Throws
/// Error(kInput).
nlohmann::json resolve_finetune(const Config& table);

/// The same of distillation, whose teachers are the fine-tuned networks of `finetune`.
nlohmann::json resolve_distil(const Config& table, const nlohmann::json& finetune);

}  // namespace sslx::sweep
