#include "host/sweep/keys.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>

namespace sslx::sweep {

void check_key(const std::string& key, const std::vector<std::string>& known,
               const std::string& what, const std::string& where) {
  if (std::ranges::count(known, key) > 0) return;
  const std::string near = nearest_word(key, known);
  const std::string right = near.empty() ? fmt::format("it has {}", fmt::join(known, ", "))
                                         : fmt::format("the nearest is '{}'", near);
  throw input_error(fmt::format("{}: {} has no key '{}'; {}", where, what, key, right));
}

void check_keys(const Config& table, const std::vector<std::string>& known,
                const std::string& what) {
  for (const auto& [key, value] : table.value.items()) {
    check_key(key, known, what, table.origin(key));
  }
}

Config table_at(const Config& parent, const std::string& key) {
  Config out = parent.child(key);
  if (!out.value.is_object()) {
    throw input_error(fmt::format("{}: '{}' is {}; it must be a table", parent.origin(key), key,
                                  out.value.dump().substr(0, 60)));
  }
  return out;
}

std::string text_at(const Config& parent, const std::string& key) {
  if (!parent.value.contains(key)) return "";
  const nlohmann::json& value = parent.value.at(key);
  const auto is_control = [](unsigned char c) { return c < 32 || c == 127; };
  if (!value.is_string() || std::ranges::any_of(value.get<std::string>(), is_control)) {
    throw input_error(fmt::format("{}: '{}' is {}; it must be a string of one line",
                                  parent.origin(key), key, value.dump().substr(0, 60)));
  }
  return value.get<std::string>();
}

const std::vector<std::string>& base_keys() {
  static const std::vector<std::string> keys{"data",     "view",  "method",
                                             "backbone", "train", "evaluate"};
  return keys;
}

}  // namespace sslx::sweep
