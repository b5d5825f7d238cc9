#include "host/plugins/schema_text.h"

#include <fmt/format.h>

#include "host/plugins/schema.h"

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
