#include "host/data/left_out.h"

#include <fmt/format.h>

#include "host/data/path_text.h"

namespace sslx::data {

void leave_out(LeftOut& left_out, const std::string& kind, const std::filesystem::path& file,
               int64_t count) {
  LeftOutKind& one = left_out[kind];
  if (one.count == 0) one.first = file;
  one.count += count;
}

void add(LeftOut& to, const LeftOut& more) {
  for (const auto& [kind, one] : more) leave_out(to, kind, one.first, one.count);
}

std::string told(const LeftOut& left_out, const std::filesystem::path& folder) {
  return fmt::format("left out of {}: {}", path_text(folder), in_words(left_out, folder));
}

std::string in_words(const LeftOut& left_out, const std::filesystem::path& folder) {
  std::string out;
  for (const auto& [kind, one] : left_out) {
    out += fmt::format("{}{} ({}, as {})", out.empty() ? "" : ", ", kind, one.count,
                       path_text(one.first.lexically_relative(folder)));
  }
  return out;
}

}  // namespace sslx::data
