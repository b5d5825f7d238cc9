// The parameters of a plugin: their schema, which lies as plain bytes in the library's
// `.sslx.schema` section and is read without loading it, and the values that a trial gives them.
#pragma once

#include <sslx/detail/export.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sslx {

enum class ParameterType : uint32_t { kBoolean, kInteger, kReal, kChoice, kReals, kIntegers };

/// One parameter of a plugin. Plain bytes without pointers, since it is read from the file.
struct ParameterSpec {
  ParameterType type{};
  uint32_t default_count = 0;  ///< How many of default_numbers count (lists).
  uint32_t minimum_is_exclusive = 0;
  uint32_t reserved = 0;
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  std::array<double, 4> default_numbers{};
  std::array<char, 40> name{};
  std::array<char, 40> default_text{};  ///< Choices only.
  std::array<char, 128> choices{};      ///< "none|linear|nonlinear".
  std::array<char, 200> meaning{};

  /// Restricts to value > bound.
  consteval ParameterSpec above(double bound) const;
  /// Restricts to value >= bound.
  consteval ParameterSpec at_least(double bound) const;
  /// Restricts to low <= value <= high (each element, for lists).
  consteval ParameterSpec between(double low, double high) const;
};

namespace detail {
template <size_t N>
consteval std::array<char, N> fixed_text(std::string_view text) {
  if (text.size() >= N) throw "this text is too long for its field in the plugin's descriptor";
  std::array<char, N> out{};
  for (size_t i = 0; i < text.size(); ++i) out[i] = text[i];
  return out;
}
consteval ParameterSpec numbers(ParameterType type, std::string_view name,
                                std::initializer_list<double> values, std::string_view meaning) {
  ParameterSpec spec;
  spec.type = type;
  spec.name = fixed_text<40>(name);
  spec.meaning = fixed_text<200>(meaning);
  for (double value : values) spec.default_numbers.at(spec.default_count++) = value;
  return spec;
}
}  // namespace detail

namespace detail {
/// The compiler's message then shows the line of the parameter.
consteval ParameterSpec with_default_in_range(const ParameterSpec& spec) {
  for (size_t i = 0; i < spec.default_count; ++i) {
    const double value = spec.default_numbers.at(i);
    if (value < spec.minimum || value > spec.maximum ||
        (spec.minimum_is_exclusive != 0 && value == spec.minimum)) {
      throw "this parameter's default value lies outside its range: change one of them";
    }
  }
  return spec;
}
}  // namespace detail

consteval ParameterSpec ParameterSpec::above(double bound) const {
  ParameterSpec spec = *this;
  spec.minimum = bound;
  spec.minimum_is_exclusive = 1;
  return detail::with_default_in_range(spec);
}
consteval ParameterSpec ParameterSpec::at_least(double bound) const {
  ParameterSpec spec = *this;
  spec.minimum = bound;
  spec.minimum_is_exclusive = 0;
  return detail::with_default_in_range(spec);
}
consteval ParameterSpec ParameterSpec::between(double low, double high) const {
  ParameterSpec spec = *this;
  spec.minimum = low;
  spec.maximum = high;
  spec.minimum_is_exclusive = 0;
  return detail::with_default_in_range(spec);
}

/// Builders for a plugin's list: `real("temperature", 0.5, "tau, eq. 1").above(0)`.
consteval ParameterSpec boolean(std::string_view name, bool value, std::string_view meaning) {
  return detail::numbers(ParameterType::kBoolean, name, {value ? 1.0 : 0.0}, meaning);
}
consteval ParameterSpec integer(std::string_view name, int64_t value, std::string_view meaning) {
  return detail::numbers(ParameterType::kInteger, name, {static_cast<double>(value)}, meaning);
}
consteval ParameterSpec real(std::string_view name, double value, std::string_view meaning) {
  return detail::numbers(ParameterType::kReal, name, {value}, meaning);
}
/// A list of at most four numbers by default, of any length in a trial.
consteval ParameterSpec reals(std::string_view name, std::initializer_list<double> values,
                              std::string_view meaning) {
  return detail::numbers(ParameterType::kReals, name, values, meaning);
}
consteval ParameterSpec integers(std::string_view name, std::initializer_list<double> values,
                                 std::string_view meaning) {
  return detail::numbers(ParameterType::kIntegers, name, values, meaning);
}
/// One of the words in `choices`, which are separated by '|'.
consteval ParameterSpec choice(std::string_view name, std::string_view value,
                               std::string_view choices, std::string_view meaning) {
  ParameterSpec spec = detail::numbers(ParameterType::kChoice, name, {}, meaning);
  spec.default_text = detail::fixed_text<40>(value);
  spec.choices = detail::fixed_text<128>(choices);
  for (std::string_view rest = choices;;) {
    const size_t end = rest.find('|');
    if (!value.empty() && rest.substr(0, end) == value) return spec;
    if (end == std::string_view::npos) {
      throw "this parameter's default value is none of its choices: change one of them";
    }
    rest.remove_prefix(end + 1);
  }
}

/// The values of one plugin's parameters: every parameter of its schema has one.
class SSLX_API Parameters {
 public:
  /// Checks `values` (a JSON object) against the schema and fills in the defaults.
  /// Throws Error(kInput) for an unknown key (naming the nearest), a wrong type or a value out of
  /// range; `where` begins the message: "quickstart.toml:12: method 'simclr'".
  static Parameters resolve(const std::vector<ParameterSpec>& schema, const nlohmann::json& values,
                            const std::string& where);

  bool boolean(std::string_view name) const;
  int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  const std::string& choice(std::string_view name) const;
  const std::vector<double>& reals(std::string_view name) const;
  std::vector<int64_t> integers(std::string_view name) const;

  /// All values, as one JSON object with its keys in order.
  nlohmann::json to_json() const;

 private:
  struct Value {
    ParameterType type{};
    std::vector<double> numbers;
    std::string text;
  };
  const Value& at(std::string_view name, ParameterType type) const;
  std::map<std::string, Value, std::less<>> values_;
};

/// The word of `words` nearest to `word` by edit distance, or "" when none is near.
SSLX_API std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

}  // namespace sslx
