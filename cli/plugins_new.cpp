#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/plugin.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/plugins.h"
#include "host/plugins/registry.h"
#include "host/plugins/schema.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

/// The build tree or installed prefix that this executable lies in, which holds the templates and
/// the CMake package.
fs::path own_prefix() {
  std::error_code error;
  fs::path prefix = installation_prefix();
  if (fs::is_directory(prefix / "share/sslx/templates", error)) return prefix;
  throw Error(ErrorKind::kSystem,
              fmt::format("the templates are not in {}", (prefix / "share/sslx").string()),
              "install sslx again with `cmake --install`");
}

void check_name(const std::string& name) {
  if (is_identifier(name) && name.size() < PluginDescriptor{}.name.size()) return;
  throw input_error(
      fmt::format("'{}' is no name for a plugin: it is a letter and then lower case, "
                  "digits and '_', 47 characters at most",
                  name));
}

/// my_method to MyMethod, the plugin's class.
std::string class_name(const std::string& name) {
  std::string out;
  bool upper = true;
  for (char c : name) {
    if (c != '_') out += upper && c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '_';
  }
  return out;
}

struct Replacement {
  std::string from;
  std::string to;
};

std::string filled(std::string text, const std::vector<Replacement>& replacements) {
  for (const auto& [from, to] : replacements) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

void write_filled(const fs::path& from, const fs::path& to,
                  const std::vector<Replacement>& replacements) {
  std::ifstream in(from, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  std::ofstream out(to, std::ios::binary);
  out << filled(text.str(), replacements);
  out.close();
  if (in && out) return;
  throw Error(ErrorKind::kSystem,
              fmt::format("{} cannot be written: {}", to.string(), std::strerror(errno)));
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(folder, error))) {
    throw input_error(fmt::format("{} is there already", folder.string()),
                      "choose another name, or another place with --dir");
  }
  fs::create_directories(folder, error);
  if (!error) return;
  throw Error(ErrorKind::kSystem,
              fmt::format("{} cannot be made: {}", folder.string(), error.message()));
}

}  // namespace

fs::path templates_folder() { return own_prefix() / "share/sslx/templates"; }

std::string taken_name(const PluginRegistry& registry, const std::string& kind,
                       const std::string& name) {
  const auto same = [&](const auto& plugin) { return plugin.kind == kind && plugin.name == name; };
  fs::path file;
  if (const auto at = std::ranges::find_if(registry.plugins, same); at != registry.plugins.end()) {
    file = at->file;
  }
  if (const auto at = std::ranges::find_if(registry.refused, same); at != registry.refused.end()) {
    file = at->file;
  }
  if (file.empty()) return "";
  return fmt::format(
      "there is a {0} '{1}' already, {2}: in a folder of --plugin-dir the new one hides it, in any "
      "other neither is used; another name avoids that",
      kind, name, file.string());
}

fs::path write_project(const std::string& kind, const std::string& name, const fs::path& parent) {
  check_name(name);
  const fs::path prefix = own_prefix();
  const fs::path templates = templates_folder();
  fs::path folder = (parent / name).lexically_normal();
  make_folder(folder);
  const std::vector<Replacement> replacements{{"@NAME@", name},
                                              {"@KIND@", kind},
                                              {"@TYPE@", class_name(name)},
                                              {"@PREFIX@", prefix.string()},
                                              {"@SSLX@", (prefix / "bin/sslx").string()}};
  for (const fs::path& source : {templates / "common", templates / kind}) {
    for (const auto& entry : fs::directory_iterator(source)) {
      const std::string file = filled(entry.path().filename().string(), {{"plugin", name}});
      write_filled(entry.path(), folder / file, replacements);
    }
  }
  return folder;
}

}  // namespace sslx::cli
