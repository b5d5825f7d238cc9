#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/plugins.h"
#include "host/plugins/schema_text.h"

namespace sslx::cli {
namespace {

std::string heading(const PluginFile& plugin) {
  return fmt::format("{}s in {}", plugin.kind, plugin.file.parent_path().string());
}

std::string refused_text(const PluginRegistry& registry) {
  std::string out;
  for (const RefusedPlugin& plugin : registry.refused) {
    out += fmt::format("  {}\n      {}\n", plugin.file.string(), plugin.reason);
  }
  return out.empty() ? "" : "\nrefused\n" + out;
}

}  // namespace

std::string plugin_list(const PluginRegistry& registry) {
  std::vector<TextRow> rows;
  for (const PluginFile& plugin : registry.plugins) {
    const bool own_name = plugin.file.filename() == plugin.name + ".so";
    const std::string file = own_name ? "" : fmt::format(" ({})", plugin.file.filename().string());
    const std::string build = plugin.optimised ? "" : " [compiled without optimisation: slow]";
    rows.push_back({plugin.name, plugin.version, plugin.sha256.substr(0, 12),
                    fmt::format("{}{}{}", plugin.summary, file, build)});
  }
  const std::string table = aligned(rows);
  std::string out;
  size_t line = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string title = heading(registry.plugins[i]);
    if (i == 0 || title != heading(registry.plugins[i - 1])) {
      out += fmt::format("{}{}\n", i == 0 ? "" : "\n", title);
    }
    const size_t end = table.find('\n', line) + 1;
    out += table.substr(line, end - line);
    line = end;
  }
  if (rows.empty()) {
    std::vector<std::string> searched;
    for (const auto& folder : registry.searched) searched.push_back(folder.string());
    out = fmt::format("no plugins found; searched {}\n", fmt::join(searched, ", "));
  }
  out += refused_text(registry);
  if (!registry.notes.empty()) out += fmt::format("\n{}\n", fmt::join(registry.notes, "\n"));
  return out;
}

std::string plugin_page(const PluginFile& plugin) {
  std::string out =
      fmt::format("{} {} {}: {}\n", plugin.kind, plugin.name, plugin.version, plugin.summary);
  out += aligned({{"paper", plugin.paper.empty() ? "none named" : plugin.paper},
                  {"file", plugin.file.string()},
                  {"sha-256", plugin.sha256}});
  if (!plugin.optimised) {
    out += aligned({{"build",
                     "without optimisation; with CMAKE_BUILD_TYPE=Release its own loops are "
                     "several times as fast"}});
  }
  if (plugin.diagnostics) {
    out += aligned({{"figures", plugin.diagnostics->empty()
                                    ? "the loss alone"
                                    : fmt::format("{}", fmt::join(*plugin.diagnostics, ", "))}});
  }
  if (plugin.schema.empty()) return out + "\nIt has no parameters.\n";
  std::vector<TextRow> rows{{"PARAMETER", "TYPE", "DEFAULT", "RANGE", "MEANING"}};
  for (const ParameterSpec& spec : plugin.schema) rows.push_back(schema_row(spec));
  return out + '\n' + aligned(rows);
}

}  // namespace sslx::cli
