// How the cells of a table stand to one another: the best of a column and what is not told from it,
// and each cell's difference to a baseline. Both are judged by differences of runs of one seed.
#pragma once

#include "host/record/pivot.h"

namespace sslx::record {

/// Whether a column's figures are scores, of which the greatest is the best: top-1 and the like.
bool is_score(const PivotColumn& column);

/// Sets the standings of the columns of scores; none where the best has fewer than two seeds, since
/// nothing tells it from the others then.
void set_standings(Pivot& pivot);

/// Sets the deltas of the columns of scores, for all rows but the baseline's; `baseline` is a table
/// of values of the pivot's rows. None where no row is it, or several are (of several builds).
void set_deltas(Pivot& pivot, const nlohmann::json& baseline);

}  // namespace sslx::record
