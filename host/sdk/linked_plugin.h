// For the test of a plugin that is linked with it (sslx_add_plugin_test): the plugin as the host
// sees it, without loading it.
#pragma once

#include <sslx/plugin.h>

#include <nlohmann/json.hpp>

extern "C" {
SSLX_API extern const sslx::PluginDescriptor sslx_plugin_descriptor;
SSLX_API const sslx::ParameterSpec* sslx_plugin_parameters();
/// Its factory: sslx_plugin_entry()->make_method(context), of a backbone make_backbone, ...
SSLX_API const sslx::PluginTable* sslx_plugin_entry();
}

namespace sslx {

/// The plugin's parameters: those of `values`, the others as they are by default. Throws
/// Error(kInput) as Parameters::resolve() does.
inline Parameters linked_parameters(const nlohmann::json& values) {
  const ParameterSpec* const first = sslx_plugin_parameters();
  return Parameters::resolve({first, first + sslx_plugin_descriptor.parameter_count}, values,
                             sslx_plugin_descriptor.name.data());
}

}  // namespace sslx
