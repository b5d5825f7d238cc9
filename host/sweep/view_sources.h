// Views that a data set brings (data.views): a recipe takes one with `source`, evaluation several
// with `evaluate.sources`. In the canonical trial either is an operation "source" at the start of
// the ops: { name = "source", sources = [...] }.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "host/data/data_sizes.h"
#include "host/sweep/config.h"

namespace sslx::sweep {

/// The operation that begins a view's ops; null when its table names no source.
nlohmann::json view_source(const Config& view);

/// The same of evaluation: `evaluate.sources`, else the sources of the canonical `views`, each
/// once; null when there are none. Throws Error(kInput) when some views have a source and others
/// none: their shared operations would not agree.
nlohmann::json evaluation_source(const Config& evaluate, const nlohmann::json& views);

/// What evaluation does unless its table says else: the normalisation of the first view, or of the
/// first view of each source, for its channels alone.
nlohmann::json normalisation_of(const nlohmann::json& views);

/// The side that the first crop of a canonical view makes, in pixels; 0 where none makes a size of
/// its own.
int64_t crop_side(const nlohmann::json& view);

/// Every source of the canonical trial must be one of its data set's views; a pack's are those that
/// it says it has. Throws Error(kInput), beginning with `where`.
void check_sources(const nlohmann::json& trial, const std::string& where,
                   const std::optional<data::DataSizes>& sizes = std::nullopt);

}  // namespace sslx::sweep
