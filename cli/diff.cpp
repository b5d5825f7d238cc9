#include "cli/context.h"

namespace sslx::cli {

void add_diff(CLI::App&, Context&) {}

}  // namespace sslx::cli
