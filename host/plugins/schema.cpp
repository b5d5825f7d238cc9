#include "host/plugins/schema.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "host/plugins/refusal.h"

namespace sslx {
namespace {

bool is_list(ParameterType type) {
  return type == ParameterType::kReals || type == ParameterType::kIntegers;
}

bool has_choice(const ParameterSpec& spec) {
  const std::string all = fmt::format("|{}|", spec.choices.data());
  const std::string_view value = spec.default_text.data();
  return !value.empty() && all.find(fmt::format("|{}|", value)) != std::string::npos;
}

bool default_fits(const ParameterSpec& spec) {
  if (spec.type == ParameterType::kChoice) return spec.default_count == 0 && has_choice(spec);
  if (!is_list(spec.type) && spec.default_count != 1) return false;
  const bool whole = spec.type == ParameterType::kInteger || spec.type == ParameterType::kIntegers;
  for (size_t i = 0; i < spec.default_count; ++i) {
    const double value = spec.default_numbers[i];
    if (!std::isfinite(value) || value < spec.minimum || value > spec.maximum) return false;
    if (spec.minimum_is_exclusive != 0 && value == spec.minimum) return false;
    if (whole && (value != std::floor(value) || std::abs(value) > 0x1p53)) return false;
    if (spec.type == ParameterType::kBoolean && value != 0 && value != 1) return false;
  }
  return true;
}

void check_spec(const ParameterSpec& spec, size_t place) {
  const auto wrong = [&](std::string_view what) {
    refuse(fmt::format("parameter {} of its schema {}; rebuild it against this sslx", place + 1,
                       what));
  };
  check_text("parameter name", spec.name);
  check_text("parameter default", spec.default_text);
  check_text("parameter choices", spec.choices);
  check_text("parameter meaning", spec.meaning);
  if (!is_identifier(spec.name.data())) wrong("has no sound name");
  if (spec.type > ParameterType::kIntegers) wrong("has an unknown type");
  if (spec.default_count > spec.default_numbers.size()) wrong("has too many default values");
  if (!(spec.minimum <= spec.maximum) || spec.minimum_is_exclusive > 1) wrong("has no sound range");
  if (!default_fits(spec)) wrong("has a default value outside its range");
}

}  // namespace

std::vector<ParameterSpec> read_schema(std::string_view section, uint32_t count, uint32_t size) {
  if (count == 0) return {};
  if (size != sizeof(ParameterSpec) || section.size() != uint64_t{count} * sizeof(ParameterSpec)) {
    refuse(
        fmt::format("its schema holds {} bytes instead of {} parameters of {}; rebuild it "
                    "against this sslx",
                    section.size(), count, sizeof(ParameterSpec)));
  }
  std::vector<ParameterSpec> schema(count);
  std::memcpy(schema.data(), section.data(), section.size());
  std::set<std::string_view> names;
  for (size_t i = 0; i < schema.size(); ++i) {
    check_spec(schema[i], i);
    if (!names.insert(schema[i].name.data()).second) {
      refuse(fmt::format("its schema declares the parameter '{}' twice", schema[i].name.data()));
    }
  }
  return schema;
}

std::vector<std::string> read_diagnostics(std::string_view section) {
  check_text("diagnostics", section.data(), section.size());
  std::istringstream words{std::string(section.data())};
  std::vector<std::string> out;
  for (std::string word; words >> word;) out.push_back(word);
  return out;
}

bool is_identifier(std::string_view text) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && lower(text.front()) && std::ranges::all_of(text, [&](char c) {
    return lower(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

void check_text(std::string_view field, const char* text, size_t size) {
  const size_t length = strnlen(text, size);
  std::string copy(text, length);
  const bool control =
      std::ranges::any_of(copy, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  // What is left of a text without quotes and backslashes is a JSON string exactly if it is UTF-8.
  std::erase_if(copy, [](char c) { return c == '"' || c == '\\'; });
  if (length == size || control || !nlohmann::json::accept('"' + copy + '"')) {
    refuse(fmt::format("the text of its {} is damaged; build or copy it again", field));
  }
}

}  // namespace sslx
