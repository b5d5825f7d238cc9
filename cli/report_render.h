// A sweep's table as text, from the record alone: used by `sslx report` and at the end of `sslx
// sweep`. Throws Error(kInput) when the record has no such sweep, plan or build.
#pragma once

#include <string>

#include "cli/colour.h"
#include "cli/table.h"
#include "host/record/database.h"
#include "host/record/pivot.h"

namespace sslx::cli {

std::string render_sweep(record::Database& database, const record::TableRequest& request,
                         Format format = Format::kText, const Screen& screen = {});

/// What `--format json` prints.
nlohmann::json report_json(const record::Pivot& pivot);

/// The same of a pivot that was made already.
std::string render_pivot(const record::Pivot& pivot, Format format, const Screen& screen = {});

}  // namespace sslx::cli
