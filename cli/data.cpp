#include "cli/context.h"

namespace sslx::cli {

void add_data(CLI::App&, Context&) {}

}  // namespace sslx::cli
