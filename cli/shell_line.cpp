#include "cli/shell_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace sslx::cli {
namespace {

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 || std::string_view("_-./=:,+@%^").find(char(c)) != std::string::npos;
}

/// Whether the word can stand in single quotes as it is.
bool is_text(std::string_view word) {
  const auto is_control = [](unsigned char c) { return c < 32 || c == 127; };
  if (std::ranges::any_of(word, is_control)) return false;
  std::string copy(word);
  std::erase_if(copy, [](char c) { return c == '"' || c == '\\'; });
  return nlohmann::json::accept('"' + copy + '"');  // exactly if it is UTF-8
}

std::string escaped(std::string_view word) {
  std::string out = "$'";
  for (const unsigned char c : word) {
    if (c == '\\' || c == '\'') {
      out += fmt::format("\\{}", char(c));
    } else if (c < 32 || c > 126) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      out += char(c);
    }
  }
  return out + "'";
}

}  // namespace

std::string shell_word(std::string_view word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  if (!is_text(word)) return escaped(word);
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string shell_line(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + shell_word(word);
  return out;
}

std::string command_line(const Context& context) {
  std::string out;
  for (const char* name : {"SSLX_HOME", "SSLX_PLUGIN_PATH", "SSLX_HOST"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') out += fmt::format("{}={} ", name, shell_word(value));
  }
  std::vector<std::string> words = context.words;
  std::erase(words, "--retry");
  return out + shell_line(words);
}

std::string shell_folder() {
  std::error_code gone;
  const std::filesystem::path folder = std::filesystem::current_path(gone);
  return gone ? "" : shell_word(folder.native());
}

std::string line_from(const std::string& folder, const std::string& line) {
  return folder.empty() || folder == shell_folder() ? line
                                                    : fmt::format("cd {} && {}", folder, line);
}

}  // namespace sslx::cli
