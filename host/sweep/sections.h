// What a sweep file may hold, section by section: every key with its type, default, range and
// meaning. The same list checks the files and is what `sslx help sweep` prints, so that the help
// can tell of no key that is refused, and no key is accepted that it does not tell of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/sweep/keys.h"

namespace sslx::sweep {

struct Section {
  std::string name;  ///< "evaluate.knn"; that of the file itself is "file".
  std::string what;  ///< In messages: "table", "a sweep file".
  std::string meaning;
  std::vector<Key> keys;
  std::vector<ParameterSpec> parameters;
  bool open = false;  ///< It has other keys too: paths, names.
};

/// In the order of a file.
const std::vector<Section>& sections();

/// The section of that name, which must be there.
const Section& section(std::string_view name);

/// Its keys' names, without the parameters.
std::vector<std::string> key_names(const Section& section);

/// check_table() of a section; `what`: in messages, instead of the section's own words.
void check_section(const Config& table, std::string_view name, const std::string& what = "");

/// resolve_table() of a section.
Parameters resolve_section(const Config& table, std::string_view name,
                           const std::string& what = "");

/// Whether what a path of a trial's configuration ("data.path", "view.0.source") leads to is a
/// text or a word of several, as far as the sections say; a plugin's own parameters are not known
/// here.
bool holds_text(const std::string& path);

}  // namespace sslx::sweep
