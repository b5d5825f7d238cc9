#include "host/sweep/toml_reader.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <toml++/toml.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "host/sweep/keys.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

/// Refuses what would make the parser recurse or allocate without end. Dots are counted from one
/// separator to the next, which is how many tables one key can open.
void check_depth(std::string_view text, const std::string& name) {
  size_t line = 1;
  size_t dots = 0;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (std::string_view("\n=,{}[]#").find(c) != std::string_view::npos) dots = 0;
    if (c == '.' && ++dots > 2 * kMaxDepth) {
      throw input_error(
          fmt::format("{}:{}: the key has more than {} parts; it must have at most {}", name, line,
                      2 * kMaxDepth, kMaxDepth));
    }
  }
}

class Converter {
 public:
  explicit Converter(const std::string& name) : name_(name) {}

  json convert(const toml::node& node, const std::string& path, size_t depth) {
    const auto line = node.source().begin.line;
    where_ = fmt::format("{}:{}", name_, line);
    if (line > 0) out.origins[path] = where_;
    if (depth > kMaxDepth) {
      throw input_error(
          fmt::format("{}: tables lie more than {} deep; at most that is read", where_, kMaxDepth));
    }
    if (const auto* table = node.as_table()) return convert_table(*table, path, depth);
    if (const auto* array = node.as_array()) return convert_array(*array, path, depth);
    return convert_scalar(node, path);
  }

  Config out;

 private:
  json convert_table(const toml::table& table, const std::string& path, size_t depth) {
    json object = json::object();
    for (const auto& [key, value] : table) {
      const std::string text(key.str());
      object[text] =
          convert(value, path.empty() ? text : fmt::format("{}.{}", path, text), depth + 1);
    }
    return object;
  }

  json convert_array(const toml::array& array, const std::string& path, size_t depth) {
    json list = json::array();
    for (const toml::node& value : array) {
      list.push_back(convert(value, fmt::format("{}.{}", path, list.size()), depth + 1));
    }
    return list;
  }

  json convert_scalar(const toml::node& node, const std::string& path) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* flag = node.as_boolean()) return flag->get();
    if (const auto* whole = node.as_integer()) {
      check_number(static_cast<double>(whole->get()), path);
      return whole->get();
    }
    if (const auto* real = node.as_floating_point()) {
      check_number(real->get(), path);
      return real->get();
    }
    throw input_error(fmt::format(
        "{}: '{}' is a date or time; it must be a number, a string, true or false", where_, path));
  }

  void check_number(double number, const std::string& path) const {
    if (!std::isfinite(number)) {
      throw input_error(
          fmt::format("{}: '{}' is {}; it must be a finite number", where_, path, number));
    }
    if (std::abs(number) > 1e15) {
      throw input_error(
          fmt::format("{}: '{}' is {}; it must be at most 1e15", where_, path, number));
    }
  }

  const std::string& name_;
  std::string where_;
};

}  // namespace

Config parse_toml(std::string_view text, const std::string& name) {
  if (text.size() > kMaxFileBytes) {
    throw input_error(fmt::format("{}: the file has {} bytes; a sweep file has at most {}", name,
                                  text.size(), kMaxFileBytes));
  }
  check_depth(text, name);
  try {
    const toml::table table = toml::parse(text);
    Converter converter(name);
    converter.out.value = converter.convert(table, "", 0);
    converter.out.origins[""] = name;
    return std::move(converter.out);
  } catch (const toml::parse_error& error) {
    throw input_error(fmt::format("{}:{}:{}: this is not TOML: {}", name, error.source().begin.line,
                                  error.source().begin.column, error.description()));
  }
}

Config read_toml(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::error_code error;
  if (!in || std::filesystem::is_directory(file, error)) {
    throw input_error(fmt::format("{}: there is no such sweep file", file.string()));
  }
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  const std::string name = file.filename().string();
  if (text.size() > kMaxFileBytes) {
    throw input_error(fmt::format("{}: the file has {} bytes; a sweep file has at most {}", name,
                                  std::filesystem::file_size(file, error), kMaxFileBytes));
  }
  return parse_toml(text, name);
}

std::vector<Config> tables_of(const std::vector<std::filesystem::path>& folders,
                              const std::string& file, const std::string& name,
                              const std::vector<std::string>& lists) {
  std::vector<Config> out;
  for (const std::filesystem::path& folder : folders) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(folder / file, error)) continue;
    const Config document = read_toml(folder / file);
    check_keys(document, lists, file);
    const Config list = document.child(name);
    for (size_t i = 0; i < list.value.size(); ++i) {
      out.push_back(table_at(list, std::to_string(i)));
    }
  }
  return out;
}

json parse_toml_value(const std::string& text, const std::string& where) {
  Config config;
  try {
    config = parse_toml("value = " + text + "\n", where);
  } catch (const Error& error) {
    const bool bare = !text.empty() && text.find_first_of("\n\"'[]{}=,#") == std::string::npos;
    if (!bare || std::string_view(error.what()).find("is not TOML") == std::string_view::npos)
      throw;
    return text;
  }
  if (config.value.size() != 1) throw input_error(where + ": this is more than one value");
  return config.value.at("value");
}

json parse_text_value(const std::string& text) {
  if (!text.starts_with('"') && !text.starts_with('\'')) return text;
  try {
    json quoted = parse_toml_value(text, "");
    if (quoted.is_string()) return quoted;
  } catch (const Error&) {
    // The quotes are of the text.
  }
  return text;
}

}  // namespace sslx::sweep
