// How a run's summary is read from a row, for the queries of this folder.
#pragma once

#include "host/record/runs.h"

namespace SQLite {
class Statement;
}  // namespace SQLite

namespace sslx::record {

/// Columns of `run r JOIN trial t`, in the order in which run_row reads them.
extern const char* const kRunColumns;
RunSummary run_row(SQLite::Statement& row);

}  // namespace sslx::record
