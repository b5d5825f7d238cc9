// TOML as a Config: every value with its file and line. What could exhaust the machine is refused
// before it is parsed: size, depth of tables, depth of dotted keys. NaN, infinities, dates and
// numbers beyond 1e15 are refused, since no configuration means them. Errors are Error(kInput),
// "file:line: what; what would be right".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxDepth = 32;

Config read_toml(const std::filesystem::path& file);

/// The same of text; `name` is what messages call it.
Config parse_toml(std::string_view text, const std::string& name);

/// The tables of the list `name` in the file `file` of each folder that has it, in their order. The
/// file may have these lists alone. Throws Error(kInput) as read_toml() does.
std::vector<Config> tables_of(const std::vector<std::filesystem::path>& folders,
                              const std::string& file, const std::string& name,
                              const std::vector<std::string>& lists);

/// The value of `--set key=value`: TOML, or a bare word, which is a string.
nlohmann::json parse_toml_value(const std::string& text, const std::string& where);

/// The same where the key is a text: the text itself, whatever is in it, unless it is a string of
/// TOML in its quotes.
nlohmann::json parse_text_value(const std::string& text);

}  // namespace sslx::sweep
