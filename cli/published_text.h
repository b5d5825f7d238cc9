// Published figures in words: a label that says whether they were read or recalled, figures as the
// paper prints them, and where they are from.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "host/record/pivot.h"

namespace sslx::cli {

/// "published", or "published (recalled from memory)"
std::string published_label(const record::Published& published);

/// At least one digit after the point for percents.
std::string published_number(double value, const std::string& unit);

/// The metric beside which the published figures stand: theirs where the table has it, else its
/// first.
std::string compared_metric(const record::Pivot& pivot);

/// What the paper has for a row's and a column's key, as a cell: "" where there is nothing, "?"
/// where several rows fit, "*" before what is recalled among figures that were read.
TableCell published_cell(const record::Pivot& pivot, const std::vector<std::string>& row,
                         const std::vector<std::string>& column);

/// Under which conditions the published figures that stand beside ours were made, for before the
/// table; "" without any.
std::string published_conditions(const record::Pivot& pivot);

/// The source, how sure it is, the table's own note; one sentence a line. None without a source.
std::vector<std::string> published_notes(const record::Pivot& pivot);

}  // namespace sslx::cli
