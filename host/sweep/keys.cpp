#include "host/sweep/keys.h"

#include <fmt/format.h>
#include <sslx/detail/nearest_key.h>
#include <sslx/error.h>

#include <algorithm>

namespace sslx::sweep {
namespace {

using nlohmann::json;

constexpr size_t kListedKeys = 10;  // of a message; more are in `sslx help sweep`

bool is_line(const json& value) {
  const auto is_control = [](unsigned char c) { return c < 32 || c == 127; };
  return value.is_string() && std::ranges::none_of(value.get_ref<const std::string&>(), is_control);
}

bool fits(const json& value, Holds holds) {
  const auto is_text = [](const json& element) { return element.is_string(); };
  const auto is_table = [](const json& element) { return element.is_object(); };
  switch (holds) {
    case Holds::kText:
      return is_line(value);
    case Holds::kTexts:
      return value.is_array() && std::ranges::all_of(value, is_text);
    case Holds::kTable:
      return value.is_object();
    case Holds::kTables:
      return value.is_array() && std::ranges::all_of(value, is_table);
    case Holds::kOther:
      return true;
  }
  return true;
}

void check_value(const Config& table, const Key& key) {
  const json& value = table.value.at(key.name);
  if (!fits(value, key.holds)) {
    throw input_error(fmt::format("{}: '{}' is {}; it must be {}{}", table.origin(key.name),
                                  key.name, value.dump().substr(0, 60), words_of(key.holds),
                                  key.example.empty() ? "" : fmt::format(", as {}", key.example)));
  }
}

void check_length(const Config& table, const std::string& key, size_t most,
                  const std::string& what) {
  const json& value = table.value.at(key);
  if (!value.is_array() || value.size() <= most) return;
  throw input_error(fmt::format("{}: {}: '{}' has {} elements; it must have at most {}",
                                table.origin(key), what, key, value.size(), most));
}

bool has(const std::vector<ParameterSpec>& schema, const std::string& key) {
  return std::ranges::any_of(schema,
                             [&](const ParameterSpec& spec) { return key == spec.name.data(); });
}

Error unknown_key(const Config& table, const std::string& key, const std::vector<Key>& keys,
                  const std::vector<ParameterSpec>& schema, const std::string& what,
                  const std::string& noun) {
  std::vector<NamedMeaning> known;
  for (const Key& one : keys) known.push_back({one.name, one.meaning});
  for (const ParameterSpec& spec : schema) known.push_back({spec.name.data(), spec.meaning.data()});
  const std::string near = nearest_key(key, known);
  std::vector<std::string> names;
  for (const NamedMeaning& one : known) names.push_back(one.name);
  std::string right;
  if (!near.empty()) {
    right = fmt::format("; the nearest is '{}'", near);
  } else if (names.size() <= kListedKeys) {
    right = fmt::format("; it has {}", fmt::join(names, ", "));
  }
  return input_error(
      fmt::format("{}: {} has no {} '{}'{}", table.origin(key), what, noun, key, right),
      right.empty() ? "`sslx help sweep` lists the keys of a sweep file, `sslx plugins show NAME` "
                      "the parameters of a plugin"
                    : "");
}

}  // namespace

std::string words_of(Holds holds) {
  switch (holds) {
    case Holds::kText:
      return "a string of one line";
    case Holds::kTexts:
      return "a list of strings";
    case Holds::kTable:
      return "a table";
    case Holds::kTables:
      return "a list of tables";
    case Holds::kOther:
      return "";
  }
  return "";
}

void check_table(const Config& table, const std::vector<Key>& keys,
                 const std::vector<ParameterSpec>& schema, const std::string& what,
                 const std::string& noun) {
  for (const auto& [key, value] : table.value.items()) {
    const auto declared = std::ranges::find(keys, key, &Key::name);
    if (declared == keys.end() && !has(schema, key)) {
      throw unknown_key(table, key, keys, schema, what, noun);
    }
    check_length(table, key, declared == keys.end() ? kMaxElements : declared->most, what);
    if (declared != keys.end()) check_value(table, *declared);
  }
}

Parameters resolve_table(const Config& table, const std::vector<Key>& keys,
                         const std::vector<ParameterSpec>& schema, const std::string& what,
                         const std::string& noun) {
  check_table(table, keys, schema, what, noun);
  json values = json::object();
  for (const auto& [key, value] : table.value.items()) {
    if (std::ranges::count(keys, key, &Key::name) > 0) continue;
    Parameters::resolve(schema, {{key, value}}, table.origin(key) + ": " + what);
    values[key] = value;
  }
  return Parameters::resolve(schema, values, table.origin("") + ": " + what);
}

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
  const json& value = parent.value.at(key);
  if (!is_line(value)) {
    throw input_error(fmt::format("{}: '{}' is {}; it must be a string of one line",
                                  parent.origin(key), key, value.dump().substr(0, 60)));
  }
  return value.get<std::string>();
}

}  // namespace sslx::sweep
