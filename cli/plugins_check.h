// `sslx plugins check`.
#pragma once

#include "cli/context.h"

namespace sslx::cli {

void add_check_plugin(CLI::App& plugins, Context& context);

}  // namespace sslx::cli
