// A batch that two processes share against the same batch in one: the mean over the shards of the
// loss, and of its gradient, is that of the whole batch where a method says so (separable()) or
// takes the others' rows from its group.
#pragma once

#include "host/tools/check/lines.h"
#include "host/tools/check/subject.h"

namespace sslx::check {

/// In float64 and in evaluation mode, so that batch norm's statistics are not of the shards.
Outcome two_shards(const Setting& setting);

}  // namespace sslx::check
