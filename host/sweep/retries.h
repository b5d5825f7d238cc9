// Whether a trial that ended without a result is tried again, and what is said when it is not.
#pragma once

#include <string>
#include <vector>

#include "host/sweep/run_directory.h"

namespace sslx::sweep {

/// What crashed or was lost is tried again so often; what ran out of memory once at most, since it
/// will again unless others had it; what failed by itself never.
bool may_try_again(const Outcome& outcome, int tried_again, int retries);

/// The outcome's message, with what its attempts have in common and what may help. `earlier` are
/// the attempts before, without this one.
std::string last_message(const Outcome& outcome, const std::vector<Outcome>& earlier);

}  // namespace sslx::sweep
