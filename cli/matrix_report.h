// A sweep's matrices: ours as a heat map, the published one beside it, and how well they agree.
// The colours are scaled in each matrix by itself, between its least and its greatest cell.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/colour.h"
#include "host/record/pivot.h"

namespace sslx::cli {

/// Two matrices are beside each other where the screen is wide enough, else below each other.
std::string matrix_text(const record::Pivot& pivot, const Screen& screen);
std::string matrix_markdown(const record::Pivot& pivot);
/// Needs \usepackage{booktabs} and \usepackage[table]{xcolor}.
std::string matrix_latex(const record::Pivot& pivot);

/// Rows, columns, means and averages of each; with the published ones and their rank correlation.
nlohmann::json matrix_json(const record::Pivot& pivot);

}  // namespace sslx::cli
