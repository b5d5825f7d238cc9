#include "host/plugins/schema_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace sslx {
namespace {

std::string type_text(const ParameterSpec& spec) {
  switch (spec.type) {
    case ParameterType::kBoolean:
      return "boolean";
    case ParameterType::kInteger:
      return "integer";
    case ParameterType::kReal:
      return "real";
    case ParameterType::kChoice:
      return "choice";
    case ParameterType::kReals:
      return "reals";
    case ParameterType::kIntegers:
      return "integers";
  }
  return "";
}

std::string default_text(const ParameterSpec& spec) {
  if (spec.type == ParameterType::kChoice) return fmt::format("\"{}\"", spec.default_text.data());
  if (spec.type == ParameterType::kBoolean) return spec.default_numbers[0] != 0 ? "true" : "false";
  const std::vector<double> numbers(spec.default_numbers.begin(),
                                    spec.default_numbers.begin() + spec.default_count);
  const bool list = spec.type == ParameterType::kReals || spec.type == ParameterType::kIntegers;
  return fmt::format(fmt::runtime(list ? "[{}]" : "{}"), fmt::join(numbers, ", "));
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

}  // namespace

TextRow schema_row(const ParameterSpec& spec) {
  return {spec.name.data(), type_text(spec), default_text(spec), range_text(spec),
          spec.meaning.data()};
}

std::string aligned(const std::vector<TextRow>& rows) {
  std::vector<size_t> widths;
  for (const TextRow& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const TextRow& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += fmt::format("  {:<{}}", row[i], widths[i]);
    out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return out;
}

}  // namespace sslx
