// Runs in words: a list of them, one with everything, and what tells two apart.
#pragma once

#include <string>
#include <vector>

#include "host/record/runs.h"

namespace sslx::cli {

std::string runs_text(const std::vector<record::RunSummary>& runs);
std::string run_text(const record::RunDetails& run);

/// Only what differs, in sections; a sentence when nothing does.
std::string difference_text(const record::RunDetails& a, const record::RunDetails& b);

}  // namespace sslx::cli
