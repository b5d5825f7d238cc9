#include "cli/number_check.h"

#include <cmath>

namespace sslx::cli {
namespace {

/// What is no finite number is refused with the same words.
CLI::Validator number_check(const char* right, bool (*fits)(double)) {
  const auto check = [right, fits](const std::string& text) -> std::string {
    double number = 0;
    const bool known = CLI::detail::lexical_cast(text, number) && std::isfinite(number);
    return known && fits(number) ? "" : text + " is given; it must be " + right;
  };
  return CLI::Validator(check, right);
}

}  // namespace

CLI::Validator at_least_zero() {
  return number_check("a number from 0", [](double number) { return number >= 0; });
}

CLI::Validator above_zero() {
  return number_check("a number above 0", [](double number) { return number > 0; });
}

}  // namespace sslx::cli
