#include "host/plugins/plugin_file.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "host/plugins/descriptor.h"
#include "host/plugins/refusal.h"

namespace sslx {
namespace {

namespace fs = std::filesystem;

constexpr uintmax_t kLargestLibrary = uintmax_t{1} << 30;

/// The rights of a path; none when it cannot be asked.
fs::perms rights(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  return error ? fs::perms::none : status.permissions();
}

bool has(fs::perms rights, fs::perms one) { return (rights & one) != fs::perms::none; }

/// Whom a library is taken from: root, the user, and who owns this sslx, which he could change.
bool is_trusted(uid_t owner) {
  struct stat self {};
  const bool known = stat("/proc/self/exe", &self) == 0;
  return owner == 0 || owner == geteuid() || (known && owner == self.st_uid);
}

void check_owner(const fs::path& path, const char* what) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || is_trusted(status.st_uid)) return;
  refuse(fmt::format("{} belongs to another user (number {}); copy it to a folder of your own",
                     what, status.st_uid));
}

void check_folder(const fs::path& folder) {
  const fs::perms open = rights(folder);
  if (has(open, fs::perms::others_write)) {
    if (has(open, fs::perms::sticky_bit)) {
      refuse(fmt::format("anyone may put files into {}; move it to a folder of your own",
                         folder.string()));
    }
    refuse(fmt::format("anyone may write to its folder; chmod o-w {}", folder.string()));
  }
  check_owner(folder, "its folder");
}

/// Who may write to a folder may put another one in the place of those in it; in one with the
/// sticky bit only of his own.
void check_parents(const fs::path& folder) {
  for (fs::path above = folder.parent_path(); above.has_relative_path();
       above = above.parent_path()) {
    const fs::perms open = rights(above);
    if (!has(open, fs::perms::others_write) || has(open, fs::perms::sticky_bit)) continue;
    refuse(fmt::format("anyone may write to {}, in which its folder lies; chmod o-w {}",
                       above.string(), above.string()));
  }
}

/// Neither the file nor the folder of its name or of its bytes may be anyone's to change.
void check_rights(const fs::path& file) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error) return;  // Reading it says why.
  if (has(rights(real), fs::perms::others_write)) {
    refuse(fmt::format("anyone may write to it; chmod o-w {}", real.string()));
  }
  check_owner(real, "it");
  const fs::path named = fs::absolute(file).lexically_normal().parent_path();
  check_folder(named);
  check_folder(real.parent_path());
  check_parents(named);
  check_parents(real.parent_path());
}

}  // namespace

std::string read_library(const fs::path& file, const std::string& prefix) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) refuse(prefix + "there is no such file");
  if (status.type() == fs::file_type::directory)
    refuse(prefix + "it is a folder, not a shared library");
  if (status.type() != fs::file_type::regular) refuse(prefix + "it is no regular file");
  const uintmax_t size = fs::file_size(file, error);
  if (error) refuse(prefix + "it cannot be read: " + error.message());
  if (size > kLargestLibrary) refuse(prefix + "it is larger than 1 GiB");
  std::ifstream in(file, std::ios::binary);
  std::string bytes(size, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  if (!in) refuse(prefix + "it cannot be read: " + std::strerror(errno));
  return bytes;
}

std::variant<PluginFile, RefusedPlugin> inspect_plugin(const fs::path& file) {
  PluginContent content;
  try {
    check_rights(file);
    const std::string bytes = read_library(file);
    read_content(bytes, content);
    const PluginDescriptor& d = content.descriptor;
    return PluginFile{d.kind.data(),
                      d.name.data(),
                      d.version.data(),
                      d.summary.data(),
                      d.paper.data(),
                      file,
                      sha256_hex(bytes),
                      content.schema,
                      content.diagnostics,
                      content.compiler,
                      content.without_gradient,
                      content.optimised};
  } catch (const Error& error) {
    const std::string name = content.descriptor.name.data();
    return RefusedPlugin{file, error.what(), content.descriptor.kind.data(),
                         name.empty() ? file.stem().string() : name};
  }
}

std::string compiled_text(const PluginFile& plugin) {
  if (plugin.optimised) return plugin.compiler;
  return fmt::format("{}, without optimisation",
                     plugin.compiler.empty() ? "unknown compiler" : plugin.compiler);
}

PluginFile read_plugin(const fs::path& file) {
  auto result = inspect_plugin(file);
  if (const auto* refused = std::get_if<RefusedPlugin>(&result)) {
    throw Error(ErrorKind::kPlugin, fmt::format("{}: {}", file.string(), refused->reason));
  }
  return std::get<PluginFile>(std::move(result));
}

}  // namespace sslx
