// Which figures the runs of a plan can have: what a table may ask for. A column that no run can
// fill is a slip of the pen, and is told before anything runs.
#pragma once

#include <string>
#include <vector>

#include "host/sweep/trial.h"

namespace sslx::sweep {

/// Throws Error(kInput) that begins with `where` and names the nearest right name, for a name that
/// is neither the host's own, nor the result of a trial's evaluation, nor a diagnostic of one of
/// the methods. While one of these does not say what it reports, only a name that is nearly a known
/// one is refused.
void check_metric_names(const std::vector<std::string>& names, const std::vector<Trial>& trials,
                        const std::string& where);

}  // namespace sslx::sweep
