#include <fcntl.h>
#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "host/plugins/plugin_file.h"
#include "host/plugins/registry.h"

namespace sslx {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int error) {
  throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}", path.string(),
                                              std::generic_category().message(error)));
}

/// A file under a name of its own that is gone again unless it was moved into place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& folder) : name_((folder / ".copy-XXXXXX").string()) {
    descriptor_ = mkostemp(name_.data(), O_CLOEXEC);
    if (descriptor_ < 0) fail(folder, errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    close(descriptor_);
    if (!name_.empty()) unlink(name_.c_str());
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(name_, errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
  }

  void move_to(const fs::path& target, mode_t mode) {
    if (fchmod(descriptor_, mode) != 0 || fsync(descriptor_) != 0) fail(name_, errno);
    if (rename(name_.c_str(), target.c_str()) != 0) fail(target, errno);
    name_.clear();
  }

 private:
  std::string name_;
  int descriptor_ = -1;
};

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail(folder, errno);
  const int result = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  if (result != 0) fail(folder, error);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(folder, error.value());
}

bool is_whole(const fs::path& copy, const std::string& sha256) {
  std::error_code error;
  return fs::is_regular_file(copy, error) && sha256_file(copy) == sha256;
}

}  // namespace

fs::path store_plugin(const PluginFile& plugin, const fs::path& store) {
  make_folder(store);
  fs::path target = fs::absolute(store) / (plugin.sha256 + ".so");
  if (is_whole(target, plugin.sha256)) return target;
  const std::string bytes = read_library(plugin.file, plugin.file.string() + ": ");
  if (sha256_hex(bytes) != plugin.sha256) {
    throw Error(ErrorKind::kPlugin,
                fmt::format("{} changed while sslx was reading it", plugin.file.string()),
                "give the command again when its build has ended");
  }
  {
    TemporaryFile copy(store);
    copy.write(bytes);
    copy.move_to(target, 0555);
  }
  sync_folder(store);
  if (!is_whole(target, plugin.sha256)) fail(target, EIO);
  return target;
}

}  // namespace sslx
