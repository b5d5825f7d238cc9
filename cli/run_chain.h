// The way from a run's figures to the bytes that made them, each step compared with what is there
// now: the journal's lines, the weights, the run that it went on from, plugins, host, data, the
// sweep's file and the sources. What cannot be read is said, never thrown.
#pragma once

#include <vector>

#include "cli/context.h"
#include "cli/run_text.h"

namespace sslx::cli {

std::vector<ChainLink> chain_of(const record::RunDetails& run, const Context& context);

}  // namespace sslx::cli
