#include <fmt/format.h>
#include <sslx/detail/nearest_key.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace sslx {
namespace {

using nlohmann::json;

std::vector<std::string> split_choices(const ParameterSpec& spec) {
  std::vector<std::string> words(1);
  for (const char* c = spec.choices.data(); *c != '\0'; ++c) {
    if (*c == '|') {
      words.emplace_back();
    } else {
      words.back() += *c;
    }
  }
  return words;
}

bool is_list(ParameterType type) {
  return type == ParameterType::kReals || type == ParameterType::kIntegers;
}

std::string expected(const ParameterSpec& spec) {
  switch (spec.type) {
    case ParameterType::kBoolean:
      return "true or false";
    case ParameterType::kInteger:
      return "a whole number";
    case ParameterType::kReal:
      return "a number";
    case ParameterType::kChoice:
      return fmt::format("one of {}", fmt::join(split_choices(spec), ", "));
    case ParameterType::kReals:
      return "a list of numbers";
    case ParameterType::kIntegers:
      return "a list of whole numbers";
  }
  return "";
}

std::string range(const ParameterSpec& spec) {
  if (std::isfinite(spec.maximum)) return fmt::format("{} to {}", spec.minimum, spec.maximum);
  return fmt::format("{} {}", spec.minimum_is_exclusive != 0 ? "above" : "at least", spec.minimum);
}

Error wrong_value(const std::string& where, const ParameterSpec& spec, const json& value,
                  const std::string& right) {
  const char* verb = is_list(spec.type) && !value.is_array() ? "has the element" : "is";
  return input_error(fmt::format("{}: '{}' {} {}; it must be {}", where, spec.name.data(), verb,
                                 value.dump(), right));
}

double checked_number(const std::string& where, const ParameterSpec& spec, const json& value) {
  const bool whole = spec.type == ParameterType::kInteger || spec.type == ParameterType::kIntegers;
  if (!value.is_number()) throw wrong_value(where, spec, value, expected(spec));
  const double number = value.get<double>();
  if (whole && number != std::floor(number)) throw wrong_value(where, spec, value, expected(spec));
  const bool low =
      number < spec.minimum || (spec.minimum_is_exclusive != 0 && number == spec.minimum);
  if (!(number == number) || low || number > spec.maximum) {
    throw wrong_value(where, spec, value, range(spec));
  }
  return number;
}

std::vector<double> checked_numbers(const std::string& where, const ParameterSpec& spec,
                                    const json& value) {
  if (spec.type == ParameterType::kBoolean) {
    if (!value.is_boolean()) throw wrong_value(where, spec, value, expected(spec));
    return {value.get<bool>() ? 1.0 : 0.0};
  }
  if (!is_list(spec.type)) return {checked_number(where, spec, value)};
  if (!value.is_array()) throw wrong_value(where, spec, value, expected(spec));
  std::vector<double> numbers;
  for (const json& element : value) numbers.push_back(checked_number(where, spec, element));
  return numbers;
}

std::string checked_choice(const std::string& where, const ParameterSpec& spec, const json& value) {
  const std::vector<std::string> words = split_choices(spec);
  if (value.is_string() && std::ranges::count(words, value.get<std::string>()) > 0) {
    return value.get<std::string>();
  }
  throw wrong_value(where, spec, value, expected(spec));
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& words) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 2);
  for (const std::string& candidate : words) {
    const size_t distance = edit_distance(word, candidate);
    if (distance > 0 && distance >= word.size()) continue;  // no letter of it is left
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

Parameters Parameters::resolve(const std::vector<ParameterSpec>& schema, const json& values,
                               const std::string& where) {
  Parameters out;
  std::vector<NamedMeaning> known;
  for (const ParameterSpec& spec : schema) known.push_back({spec.name.data(), spec.meaning.data()});
  for (const auto& [key, value] : values.items()) {
    if (std::ranges::count(known, key, &NamedMeaning::name) > 0) continue;
    const std::string near = nearest_key(key, known);
    throw input_error(fmt::format("{} has no parameter '{}'{}", where, key,
                                  near.empty() ? "" : fmt::format("; the nearest is '{}'", near)));
  }
  for (const ParameterSpec& spec : schema) {
    const std::string name = spec.name.data();
    Value value{spec.type,
                {spec.default_numbers.begin(), spec.default_numbers.begin() + spec.default_count},
                spec.default_text.data()};
    if (values.contains(name)) {
      if (spec.type == ParameterType::kChoice) {
        value.text = checked_choice(where, spec, values.at(name));
      } else {
        value.numbers = checked_numbers(where, spec, values.at(name));
      }
    }
    out.values_.emplace(name, std::move(value));
  }
  return out;
}

const Parameters::Value& Parameters::at(std::string_view name, ParameterType type) const {
  const auto found = values_.find(name);
  if (found == values_.end() || found->second.type != type) {
    throw Error(ErrorKind::kPlugin,
                fmt::format("the plugin reads a parameter '{}' that its schema does not declare "
                            "with that type",
                            name));
  }
  return found->second;
}

bool Parameters::boolean(std::string_view name) const {
  return at(name, ParameterType::kBoolean).numbers[0] != 0;
}
int64_t Parameters::integer(std::string_view name) const {
  return static_cast<int64_t>(at(name, ParameterType::kInteger).numbers[0]);
}
double Parameters::real(std::string_view name) const {
  return at(name, ParameterType::kReal).numbers[0];
}
const std::string& Parameters::choice(std::string_view name) const {
  return at(name, ParameterType::kChoice).text;
}
const std::vector<double>& Parameters::reals(std::string_view name) const {
  return at(name, ParameterType::kReals).numbers;
}
std::vector<int64_t> Parameters::integers(std::string_view name) const {
  const std::vector<double>& numbers = at(name, ParameterType::kIntegers).numbers;
  return {numbers.begin(), numbers.end()};
}

json Parameters::to_json() const {
  json out = json::object();
  for (const auto& [name, value] : values_) {
    const auto whole = [](double number) { return static_cast<int64_t>(number); };
    switch (value.type) {
      case ParameterType::kBoolean:
        out[name] = value.numbers[0] != 0;
        break;
      case ParameterType::kInteger:
        out[name] = whole(value.numbers[0]);
        break;
      case ParameterType::kReal:
        out[name] = value.numbers[0];
        break;
      case ParameterType::kChoice:
        out[name] = value.text;
        break;
      case ParameterType::kReals:
        out[name] = value.numbers;
        break;
      case ParameterType::kIntegers:
        out[name] = json::array();
        for (double number : value.numbers) out[name].push_back(whole(number));
        break;
    }
  }
  return out;
}

}  // namespace sslx
