// Writing a record's reports as pages: one sweep's, or all of them with an index.
#pragma once

#include <filesystem>

#include "cli/context.h"
#include "host/record/pivot_data.h"

namespace sslx::cli {

/// `path`: the HTML file, or a folder (one that is there, or ends with /) for the pages of all
/// sweeps. Contact sheets are drawn where the plan's sweep file and data are here, unless
/// `pictures` is false; why there is none is told. Throws Error(kInput) for a name that fits
/// neither.
void write_pages(record::Database& database, const record::TableRequest& request,
                 const std::filesystem::path& path, bool pictures, const Context& context);

}  // namespace sslx::cli
