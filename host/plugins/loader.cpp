#include "host/plugins/loader.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <boost/dll/shared_library.hpp>

namespace sslx {
namespace {

using boost::dll::shared_library;

constexpr auto kStayLoaded =
    static_cast<boost::dll::load_mode::type>(boost::dll::load_mode::rtld_now | RTLD_NODELETE);

[[noreturn]] void refuse_library(const PluginFile& plugin, const std::string& reason) {
  throw Error(ErrorKind::kPlugin, fmt::format("{}: {}", plugin.file.string(), reason));
}

/// The dynamic linker's message without the file's name before it.
std::string linker_reason(const PluginFile& plugin, const std::string& text) {
  const std::string prefix = plugin.file.string() + ": ";
  const size_t at = text.find(prefix);
  return at == std::string::npos ? text : text.substr(at + prefix.size());
}

/// Everything is bound at once, and the library stays when its handle goes: objects of its classes
/// may outlive every handle.
shared_library open_library(const PluginFile& plugin) {
  boost::dll::fs::error_code error;
  shared_library library(boost::dll::fs::path(plugin.file.string()), error, kStayLoaded);
  if (!error) return library;
  // Boost.DLL 1.74 reads the linker's message into its exception, not into the error code.
  const char* message = dlerror();
  refuse_library(plugin, fmt::format("it cannot be loaded: {}",
                                     linker_reason(plugin, message ? message : error.message())));
}

bool has_factory(const PluginTable& table, const std::string& kind) {
  if (kind == "method") return table.make_method != nullptr;
  if (kind == "backbone") return table.make_backbone != nullptr;
  return kind == "augmentation" && table.make_augmentation != nullptr;
}

}  // namespace

const PluginTable& load_plugin(const PluginFile& plugin) {
  if (sha256_file(plugin.file) != plugin.sha256) {
    refuse_library(plugin, "it is not the library that was checked; its SHA-256 has changed");
  }
  const shared_library library = open_library(plugin);
  if (!library.has(kEntryPoint)) refuse_library(plugin, fmt::format("it has no {}()", kEntryPoint));
  const PluginTable* table = library.get<PluginEntry>(kEntryPoint)();
  if (table == nullptr || table->sdk_version != kSdkVersion) {
    refuse_library(plugin,
                   fmt::format("its table is not of SDK version {}; rebuild it", kSdkVersion));
  }
  if (!has_factory(*table, plugin.kind)) {
    refuse_library(plugin, fmt::format("it has no factory for its kind, {}", plugin.kind));
  }
  return *table;
}

}  // namespace sslx
