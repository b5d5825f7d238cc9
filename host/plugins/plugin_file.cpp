#include "host/plugins/plugin_file.h"

#include <fmt/format.h>
#include <sslx/digest.h>
#include <sslx/error.h>

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

void check_folder(const fs::path& folder) {
  const fs::perms open = rights(folder);
  if (!has(open, fs::perms::others_write)) return;
  if (has(open, fs::perms::sticky_bit)) {
    refuse(fmt::format("anyone may put files into {}; move it to a folder of your own",
                       folder.string()));
  }
  refuse(fmt::format("anyone may write to its folder; chmod o-w {}", folder.string()));
}

/// Neither the file nor the folder of its name or of its bytes may be anyone's to change.
void check_rights(const fs::path& file) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error) return;  // Reading it says why.
  if (has(rights(real), fs::perms::others_write)) {
    refuse(fmt::format("anyone may write to it; chmod o-w {}", real.string()));
  }
  check_folder(fs::absolute(file).parent_path());
  check_folder(real.parent_path());
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
  if (!in) refuse(prefix + "it cannot be read");
  return bytes;
}

std::variant<PluginFile, RefusedPlugin> inspect_plugin(const fs::path& file) {
  PluginContent content;
  try {
    check_rights(file);
    const std::string bytes = read_library(file);
    read_content(bytes, content);
    const PluginDescriptor& d = content.descriptor;
    return PluginFile{d.kind.data(),     d.name.data(),  d.version.data(),
                      d.summary.data(),  d.paper.data(), file,
                      sha256_hex(bytes), content.schema, content.diagnostics};
  } catch (const Error& error) {
    const std::string name = content.descriptor.name.data();
    return RefusedPlugin{file, error.what(), content.descriptor.kind.data(),
                         name.empty() ? file.stem().string() : name};
  }
}

PluginFile read_plugin(const fs::path& file) {
  auto result = inspect_plugin(file);
  if (const auto* refused = std::get_if<RefusedPlugin>(&result)) {
    throw Error(ErrorKind::kPlugin, fmt::format("{}: {}", file.string(), refused->reason));
  }
  return std::get<PluginFile>(std::move(result));
}

}  // namespace sslx
