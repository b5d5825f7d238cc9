// Loads a plugin library into this process: sslx-host only. The descriptor was read and checked
// before (registry.h); here the file must still have the digest that was recorded. A library is
// never unloaded, since objects of its classes outlive every handle.
#pragma once

#include <sslx/plugin.h>

#include "host/plugins/registry.h"

namespace sslx {

/// The library's table, with the factory of `plugin.kind` set; it stays valid until the process
/// ends. Throws Error(kPlugin), one sentence that names the file, when the file changed, a symbol
/// is missing, or the table is not the descriptor's.
const PluginTable& load_plugin(const PluginFile& plugin);

}  // namespace sslx
