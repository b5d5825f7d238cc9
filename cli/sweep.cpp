#include "cli/context.h"

namespace sslx::cli {

void add_sweep(CLI::App&, Context&) {}

}  // namespace sslx::cli
