// What keys a table of a sweep file has and what they hold: declared once (sections.h), checked
// here. Numbers, choices and lists of numbers are declared as a plugin's parameters are, everything
// else as a Key. Every failure is one Error(kInput): "file:line: what; what would be right".
#pragma once

#include <sslx/parameters.h>

#include <string>
#include <vector>

#include "host/sweep/config.h"

namespace sslx::sweep {

/// A list has no more than so many elements, where its key says nothing else.
constexpr size_t kMaxElements = 1000;

/// What a key holds that no ParameterSpec says.
enum class Holds {
  kText,   ///< A string of one line.
  kTexts,  ///< A list of strings.
  kTable,
  kTables,  ///< A list of tables.
  kOther,   ///< What its reader checks.
};

struct Key {
  std::string name;
  Holds holds = Holds::kText;
  std::string by_default;  ///< In words, or empty: none.
  std::string meaning;
  std::string inner = {};    ///< The section of its table, or of each of its tables.
  std::string example = {};  ///< What would be right.
  std::string type = {};     ///< In words, of what holds something else.
  size_t most = kMaxElements;
};

/// "a list of strings"
std::string words_of(Holds holds);

/// Every key of the table must be one of these, and hold what it says. Those of `schema` may be
/// there too; resolve_table() checks their values. `noun`: what a key of the table is called.
void check_table(const Config& table, const std::vector<Key>& keys,
                 const std::vector<ParameterSpec>& schema, const std::string& what,
                 const std::string& noun = "key");

/// check_table(), then Parameters::resolve() of what is in the schema; messages name the line of
/// the very key that is wrong.
Parameters resolve_table(const Config& table, const std::vector<Key>& keys,
                         const std::vector<ParameterSpec>& schema, const std::string& what,
                         const std::string& noun = "key");

/// Every key of the table must be one of `known`, names that the file itself gives.
void check_keys(const Config& table, const std::vector<std::string>& known,
                const std::string& what);

/// One key, with the same message.
void check_key(const std::string& key, const std::vector<std::string>& known,
               const std::string& what, const std::string& where);

/// The table at `key`; throws when there is something else.
Config table_at(const Config& parent, const std::string& key);

/// A string without control characters, "" when absent.
std::string text_at(const Config& parent, const std::string& key);

}  // namespace sslx::sweep
