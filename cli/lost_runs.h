// Runs that count as running though the command that ran them is gone, by kill -9 or a power cut:
// the record learns of it by the next sweep, who reads it before is told now.
#pragma once

#include <functional>
#include <string>

#include "cli/context.h"
#include "host/record/pivot.h"
#include "host/record/runs.h"

namespace sslx::cli {

/// record::each_run(), with what is lost as such.
void each_run_as_it_is(record::Database& database, const std::string& sweep,
                       const std::string& state, const Context& context,
                       const std::function<void(const record::RunSummary&)>& visit);

/// record::run_details(), likewise.
record::RunDetails run_as_it_is(record::Database& database, const std::string& run,
                                const Context& context);

/// Corrects the notes of a table.
void mark_lost(record::Pivot& pivot, record::Database& database, const Context& context);

}  // namespace sslx::cli
