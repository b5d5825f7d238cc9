// The plugins that sslx can use, known without loading any of them: each library's descriptor is
// read from its file and checked, so that listing, planning and `--dry-run` run no foreign code.
// A library that cannot be used is a value here (RefusedPlugin); asking for one by name is an
// Error(kPlugin) of one sentence that says why. Of one name the first that is found counts: when it
// is refused, no later one takes its place.
#pragma once

#include <sslx/parameters.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sslx {

/// A plugin library that fits this sslx.
struct PluginFile {
  std::string kind;  ///< "method", "augmentation" or "backbone".
  std::string name;
  std::string version;
  std::string summary;
  std::string paper;
  std::filesystem::path file;
  std::string sha256;
  std::vector<ParameterSpec> schema;
  /// What a method's loss reports, "name" or "beginning*"; empty when it does not say.
  std::optional<std::vector<std::string>> diagnostics = std::nullopt;
  std::string compiler = {};  ///< As the library says, "GCC: (Debian 12.2.0) 12.2.0"; or "".
  /// Of a method: parameters that may be without a gradient, "name" or "beginning*".
  std::vector<std::string> without_gradient = {};
  bool optimised = true;  ///< False when it was compiled without optimisation.
};

/// A library that lies in a plugin folder and is not used.
struct RefusedPlugin {
  std::filesystem::path file;
  std::string reason;  ///< One sentence without the file's name.
  std::string kind;    ///< Empty where neither the file nor its folder tells.
  std::string name;    ///< The plugin's, or the file's where it does not tell.
  bool missed = true;  ///< False where a sound one of that name comes before it.
};

struct PluginRegistry {
  std::vector<PluginFile> plugins;     ///< Sorted by kind and name, no two of the same.
  std::vector<RefusedPlugin> refused;  ///< Sorted by file.
  std::vector<std::string> notes;      ///< Sentences: which plugin hides which.
  std::vector<std::filesystem::path> searched;

  /// The plugin, or an Error that names the nearest and where was searched; a refused one that
  /// would be it is the reason given. `kind` may be empty where the name alone tells.
  const PluginFile& find(const std::string& kind, const std::string& name) const;

  /// Reads DIR/*.so and DIR/{methods,augmentations,backbones}/*.so of each folder; one that does
  /// not exist is passed over. The same kind and name in two different files is refused, unless
  /// exactly one of them is from the first `preferred` folders; so is what a refused file of the
  /// same name comes before, or lies in one folder with.
  static PluginRegistry scan(const std::vector<std::filesystem::path>& directories,
                             size_t preferred = 0);

  /// What the command uses: scan() of the search path, where `plugin_dirs` win over the rest.
  /// Throws Error(kInput) when one of `plugin_dirs` does not exist
  /// or cannot be read.
  static PluginRegistry search(const std::vector<std::filesystem::path>& plugin_dirs);
};

/// Its compiler, and that it was used without optimisation where it was: as the record has it.
std::string compiled_text(const PluginFile& plugin);

/// The library's description. Throws Error(kPlugin), "FILE: reason", for anything but a plugin
/// built for this SDK, LibTorch and compiler ABI in a place where only its owner writes.
PluginFile read_plugin(const std::filesystem::path& file);

/// The installed prefix or build tree that this executable lies in: PREFIX/bin/sslx.
std::filesystem::path installation_prefix();

/// `extra`, then $SSLX_PLUGIN_PATH, ~/.local/share/sslx/plugins, and the folder beside the
/// executable: ../lib/sslx/plugins in an installed prefix, ../plugins in a build tree.
std::vector<std::filesystem::path> plugin_search_path(
    const std::vector<std::filesystem::path>& extra);

/// Copies the library to STORE/<sha256>.so, where it stays as it is whatever happens to the
/// original, and returns that path. A copy that is there already is verified. Throws Error(kPlugin)
/// when the library changed since it was read, Error(kSystem) when it cannot be written.
std::filesystem::path store_plugin(const PluginFile& plugin, const std::filesystem::path& store);

}  // namespace sslx
