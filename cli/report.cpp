#include "cli/context.h"

namespace sslx::cli {

void add_report(CLI::App&, Context&) {}

}  // namespace sslx::cli
