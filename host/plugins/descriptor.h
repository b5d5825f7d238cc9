// A plugin's descriptor and parameter schema, out of the bytes of its library. Everything in them
// is checked before anyone uses it: they are a stranger's bytes. Throws Error(kPlugin) with a
// reason that does not name the file; what does not fit this sslx is listed in one sentence.
#pragma once

#include <sslx/plugin.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sslx {

struct PluginContent {
  PluginDescriptor descriptor;
  std::vector<ParameterSpec> schema;
  std::optional<std::vector<std::string>> diagnostics;  ///< Empty when it declares none.
  std::vector<std::string> without_gradient = {};       ///< Parameters that it says may be.
  bool optimised = true;                                ///< As it says; older ones do not.
  std::string compiler =
      {};  ///< Those of the section .comment, each once; "" where it is stripped.
};

/// The descriptor and schema of the library whose bytes these are. `content` is filled as far as
/// the descriptor can be trusted even when this throws, so that a refusal can name the plugin.
void read_content(std::string_view library, PluginContent& content);

}  // namespace sslx
