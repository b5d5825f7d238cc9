// How parameters are told to a reader: type, default, range and meaning in aligned columns. Of a
// plugin's parameters (`sslx plugins show`) and of the keys of a sweep file (`sslx help sweep`).
#pragma once

#include <sslx/parameters.h>

#include <string>
#include <vector>

namespace sslx {

using TextRow = std::vector<std::string>;

/// Name, type, default, range and meaning.
TextRow schema_row(const ParameterSpec& spec);

/// Rows with their columns aligned, two spaces apart and before, nothing after the last.
std::string aligned(const std::vector<TextRow>& rows);

}  // namespace sslx
