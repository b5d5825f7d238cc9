#include "host/trial/failure_log.h"

#include <fmt/format.h>

#include <iostream>

namespace sslx::train {

void log_failure(const std::string& message, const machine::Stack& stack, const Journal& journal) {
  std::string text = fmt::format("sslx-host: {}\n", message);
  if (journal.last_step() > 0) {
    text += fmt::format("last recorded, after {} steps:\n", journal.last_step());
    for (const auto& [name, value] : journal.last_values()) {
      text += fmt::format("  {} {:.6g}\n", name, value);
    }
  }
  if (stack.count > 0) text += "it was thrown in\n" + stack.text();
  std::cerr << text << std::flush;
}

}  // namespace sslx::train
