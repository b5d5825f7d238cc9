// Which figures of a table were made by what has changed since: a plugin, the host or the data set
// as they are here and now. What is not here (a record is read on another machine) is not known to
// have changed, and marks nothing.
#pragma once

#include "cli/context.h"
#include "host/record/pivot.h"

namespace sslx::cli {

/// Sets `changed` of the pivot's origins, and `changes` to a sentence for each change. Little of a
/// data set is read for it: at most 32 MB that were not read before.
void mark_stale(record::Pivot& pivot, const Context& context);

}  // namespace sslx::cli
