#include "host/plugins/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

bool is_whole(ParameterType type) {
  return type == ParameterType::kInteger || type == ParameterType::kIntegers;
}

bool has_choice(const ParameterSpec& spec) {
  const std::string all = fmt::format("|{}|", spec.choices.data());
  const std::string_view value = spec.default_text.data();
  return !value.empty() && all.find(fmt::format("|{}|", value)) != std::string::npos;
}

/// What is wrong with one of the default's numbers; "" when nothing is.
std::string wrong_number(const ParameterSpec& spec, double value) {
  if (!std::isfinite(value)) return "is no number";
  if (is_whole(spec.type) && (value != std::floor(value) || std::abs(value) > 0x1p53)) {
    return "is no whole number";
  }
  if (spec.type == ParameterType::kBoolean && value != 0 && value != 1) {
    return "is neither true nor false";
  }
  const bool below =
      value < spec.minimum || (spec.minimum_is_exclusive != 0 && value == spec.minimum);
  if (!below && value <= spec.maximum) return "";
  return fmt::format("is outside its range, {}", range_text(spec));
}

/// The same of the whole default.
std::string wrong_default(const ParameterSpec& spec) {
  if (spec.type == ParameterType::kChoice) {
    return has_choice(spec) && spec.default_count == 0
               ? ""
               : fmt::format("is none of its choices, {}", range_text(spec));
  }
  for (size_t i = 0; i < spec.default_count; ++i) {
    const std::string wrong = wrong_number(spec, spec.default_numbers[i]);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

void check_default(const ParameterSpec& spec) {
  const bool single = !is_list(spec.type) && spec.type != ParameterType::kChoice;
  if (single && spec.default_count != 1) {
    refuse(fmt::format("its parameter '{}' has {} default values instead of one; build it again",
                       spec.name.data(), spec.default_count));
  }
  const std::string wrong = wrong_default(spec);
  if (wrong.empty()) return;
  refuse(
      fmt::format("the default of its parameter '{}', {}, {}; change the default or what it may "
                  "be in the plugin's source, and build it again",
                  spec.name.data(), default_text(spec), wrong));
}

void check_spec(const ParameterSpec& spec, size_t place) {
  const auto wrong = [&](std::string_view what) {
    const bool named = is_identifier(spec.name.data());
    refuse(fmt::format("parameter {}{} of its schema {}; rebuild it against this sslx", place + 1,
                       named ? fmt::format(", '{}',", spec.name.data()) : "", what));
  };
  check_text("parameter name", spec.name);
  check_text("parameter default", spec.default_text);
  check_text("parameter choices", spec.choices);
  check_text("parameter meaning", spec.meaning);
  if (!is_identifier(spec.name.data())) wrong("has no sound name");
  if (spec.type > ParameterType::kIntegers) wrong("has an unknown type");
  if (spec.default_count > spec.default_numbers.size()) wrong("has too many default values");
  if (!(spec.minimum <= spec.maximum) || spec.minimum_is_exclusive > 1) wrong("has no sound range");
  check_default(spec);
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

std::vector<std::string> read_words(std::string_view field, std::string_view section) {
  check_text(field, section.data(), section.size());
  std::istringstream words{std::string(section.data())};
  std::vector<std::string> out;
  for (std::string word; words >> word;) out.push_back(word);
  return out;
}

std::string default_text(const ParameterSpec& spec) {
  if (spec.type == ParameterType::kChoice) return fmt::format("\"{}\"", spec.default_text.data());
  if (spec.type == ParameterType::kBoolean && spec.default_numbers[0] == 0) return "false";
  if (spec.type == ParameterType::kBoolean && spec.default_numbers[0] == 1) return "true";
  const std::vector<double> numbers(spec.default_numbers.begin(),
                                    spec.default_numbers.begin() + spec.default_count);
  return fmt::format(fmt::runtime(is_list(spec.type) ? "[{}]" : "{}"), fmt::join(numbers, ", "));
}

std::string range_text(const ParameterSpec& spec) {
  if (spec.type == ParameterType::kChoice) {
    std::string words = spec.choices.data();
    for (size_t at = 0; (at = words.find('|', at)) != std::string::npos;)
      words.replace(at, 1, ", ");
    return words;
  }
  const bool low = std::isfinite(spec.minimum);
  const bool high = std::isfinite(spec.maximum);
  const char* above = spec.minimum_is_exclusive != 0 ? "above" : "at least";
  if (low && high) return fmt::format("{} to {}", spec.minimum, spec.maximum);
  if (low) return fmt::format("{} {}", above, spec.minimum);
  return high ? fmt::format("at most {}", spec.maximum) : "";
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
