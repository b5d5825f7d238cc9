#include "cli/context.h"

namespace sslx::cli {

void add_show(CLI::App&, Context&) {}

}  // namespace sslx::cli
