// The published figures that stand beside ours: files of [[table]]s, each one table or figure of
// one paper, found by id. What is found goes into the record with the sweep, so that a report needs
// the files no more. Errors are Error(kInput), "file:line: what; what would be right".
#pragma once

#include <filesystem>
#include <vector>

#include "host/sweep/table_layout.h"

namespace sslx::sweep {

/// Looks the chosen table up in the *.toml files of the folders, of which an earlier one wins, and
/// fills in `layout.published_table`:
/// {"id", "paper", "arxiv", "where", "dataset", "metric", "unit", "verified", "note",
///  "common": {...}, "keys": {ours: theirs}, "values": {ours: theirs}, "rows": [{key: value}]}
/// Rows that `select` leaves out are not in it. Does nothing when no table is chosen.
void find_published(TableLayout& layout, const std::vector<std::filesystem::path>& folders);

}  // namespace sslx::sweep
