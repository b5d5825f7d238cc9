// Whether the runs of a plan can fill its table: its figures, rows and columns. A slip of the pen
// is told before anything runs, not by a column of dashes when all has run.
#pragma once

#include <vector>

#include "host/sweep/claim_reader.h"
#include "host/sweep/table_layout.h"
#include "host/sweep/trial.h"

namespace sslx::sweep {

/// Throws Error(kInput), "file:line: ...; the nearest is '...'", for a row or column that no trial
/// has, and for a metric that is neither the host's own, nor the result of a trial's evaluation,
/// nor a diagnostic of one of the methods. While one of these does not say what it reports, only a
/// name that is nearly a known one is refused.
void check_table(const TableLayout& table, const std::vector<Trial>& trials);

/// The same of the metrics and paths of claims, and of a value that no trial has but nearly one. A
/// claim whose cells this plan has not is no error: another scale may have them.
void check_claims(const std::vector<SweepClaim>& claims, const std::vector<Trial>& trials);

}  // namespace sslx::sweep
