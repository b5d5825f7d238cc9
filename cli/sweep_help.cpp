#include "cli/sweep_help.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/plugins/schema_text.h"

namespace sslx::cli {
namespace {

using sweep::Holds;
using sweep::Section;

std::string type_of(const sweep::Key& key) {
  switch (key.holds) {
    case Holds::kText:
      return "text";
    case Holds::kTexts:
      return "texts";
    case Holds::kTable:
      return "table";
    case Holds::kTables:
      return "tables";
    case Holds::kOther:
      return key.type;
  }
  return "";
}

/// "evaluate.knn" is also found as "knn".
bool is_called(const Section& section, const std::string& name) {
  return section.name == name || section.name.ends_with('.' + name);
}

}  // namespace

std::string section_page(const Section& section) {
  std::vector<TextRow> rows{{"KEY", "TYPE", "DEFAULT", "RANGE", "MEANING"}};
  for (const sweep::Key& key : section.keys) {
    const std::string where = key.inner.empty() ? "" : "see " + key.inner;
    rows.push_back({key.name, type_of(key), key.by_default, where, key.meaning});
  }
  for (const ParameterSpec& spec : section.parameters) rows.push_back(schema_row(spec));
  return fmt::format("{}: {}\n{}", section.name, section.meaning, aligned(rows));
}

std::string sweep_file_help(const std::string& name) {
  std::string out;
  std::vector<std::string> names;
  for (const Section& section : sweep::sections()) {
    names.push_back(section.name);
    const bool shown =
        name.empty() || is_called(section, name) || section.name.starts_with(name + '.');
    if (shown) out += (out.empty() ? "" : "\n") + section_page(section);
  }
  if (!out.empty()) return out;
  const std::string near = nearest_word(name, names);
  throw input_error(fmt::format("a sweep file has no section '{}'; {}", name,
                                near.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                                             : fmt::format("the nearest is '{}'", near)));
}

}  // namespace sslx::cli
