// `sslx bench record`: how fast the record takes runs in, and how soon the verbs that read it
// answer.
#pragma once

#include <CLI/CLI.hpp>

namespace sslx::cli {

/// Adds the subcommand to `sslx bench`. The runs are made up, in a folder that is removed again
/// unless --keep names it.
void add_bench_record(CLI::App& verb);

}  // namespace sslx::cli
