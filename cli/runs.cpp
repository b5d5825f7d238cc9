#include "cli/context.h"

namespace sslx::cli {

void add_runs(CLI::App&, Context&) {}

}  // namespace sslx::cli
