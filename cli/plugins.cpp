#include "cli/context.h"

namespace sslx::cli {

void add_plugins(CLI::App&, Context&) {}

}  // namespace sslx::cli
