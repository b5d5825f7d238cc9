#include "host/plugins/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "host/plugins/plugin_file.h"

namespace sslx {
namespace {

namespace fs = std::filesystem;

constexpr std::array kKinds{"method", "augmentation", "backbone"};

/// A file that a scan found, and how.
struct Candidate {
  fs::path file;
  std::string folder_kind;  ///< The kind that its folder promises, or "".
  bool preferred = false;
};

/// The .so files of one folder by name; a folder that cannot be read has none.
std::vector<fs::path> libraries(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".so") files.push_back(it->path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<Candidate> candidates(const std::vector<fs::path>& directories, size_t preferred) {
  std::vector<Candidate> out;
  for (size_t i = 0; i < directories.size(); ++i) {
    const auto add = [&](const fs::path& folder, const std::string& kind) {
      for (const fs::path& file : libraries(folder)) out.push_back({file, kind, i < preferred});
    };
    add(directories[i], "");
    for (const std::string kind : kKinds) add(directories[i] / (kind + "s"), kind);
  }
  return out;
}

/// Collects what a scan finds; the same file or the same bytes count once.
class Scan {
 public:
  void add(const Candidate& candidate) {
    std::error_code error;
    if (!seen_.insert(fs::weakly_canonical(candidate.file, error)).second) return;
    auto result = inspect_plugin(candidate.file);
    if (const auto* refused = std::get_if<RefusedPlugin>(&result)) {
      registry_.refused.push_back(*refused);
      return;
    }
    auto& plugin = std::get<PluginFile>(result);
    if (!candidate.folder_kind.empty() && candidate.folder_kind != plugin.kind) {
      refuse(plugin, fmt::format("it is of kind {}, but lies in the folder of {}s", plugin.kind,
                                 candidate.folder_kind));
      return;
    }
    auto& same = found_[{plugin.kind, plugin.name}];
    const auto equal = [&](const auto& other) { return other.first.sha256 == plugin.sha256; };
    if (std::ranges::none_of(same, equal)) same.emplace_back(plugin, candidate.preferred);
  }

  PluginRegistry finish() {
    for (auto& [key, same] : found_) settle(same);
    std::ranges::sort(registry_.refused, {}, &RefusedPlugin::file);
    return std::move(registry_);
  }

 private:
  using Found = std::vector<std::pair<PluginFile, bool>>;

  void refuse(const PluginFile& plugin, const std::string& reason) {
    registry_.refused.push_back({plugin.file, reason, plugin.kind, plugin.name});
  }

  /// One of several of the same kind and name is used when it alone was asked for by folder.
  void settle(Found& same) {
    const auto preferred = std::ranges::count(same, true, &Found::value_type::second);
    if (same.size() == 1 || preferred == 1) {
      const auto chosen =
          preferred == 1 ? std::ranges::find(same, true, &Found::value_type::second) : same.begin();
      for (const auto& [other, other_preferred] : same) {
        if (other.file == chosen->first.file) continue;
        registry_.notes.push_back(fmt::format("{} '{}' is {}; --plugin-dir hides {}", other.kind,
                                              other.name, chosen->first.file.string(),
                                              other.file.string()));
      }
      registry_.plugins.push_back(chosen->first);
      return;
    }
    for (const auto& [plugin, is_preferred] : same) {
      std::vector<std::string> others;
      for (const auto& [other, other_preferred] : same) {
        if (other.file != plugin.file) others.push_back(other.file.string());
      }
      refuse(plugin, fmt::format("{} '{}' is also in {}; remove one, or name the folder of the "
                                 "right one with --plugin-dir",
                                 plugin.kind, plugin.name, fmt::join(others, " and ")));
    }
  }

  PluginRegistry registry_;
  std::set<fs::path> seen_;
  std::map<std::pair<std::string, std::string>, Found> found_;
};

std::string searched_text(const std::vector<fs::path>& searched) {
  std::vector<std::string> out;
  for (const fs::path& folder : searched) out.push_back(folder.string());
  return out.empty() ? "nowhere" : fmt::format("{}", fmt::join(out, ", "));
}

/// What could be meant instead: another kind of that name, or the nearest name of that kind.
std::string suggestion(const PluginRegistry& registry, const std::string& kind,
                       const std::string& name) {
  std::vector<std::string> names;
  for (const PluginFile& plugin : registry.plugins) {
    if (kind.empty() || plugin.kind == kind) names.push_back(plugin.name);
    if (plugin.name == name) return fmt::format("; '{}' is of kind {}", name, plugin.kind);
  }
  const std::string near = nearest_word(name, names);
  return near.empty() ? "" : fmt::format("; the nearest is '{}'", near);
}

[[noreturn]] void fail_several(const std::vector<const PluginFile*>& plugins) {
  std::vector<std::string> kinds;
  for (const PluginFile* plugin : plugins) kinds.push_back(plugin->kind);
  throw Error(ErrorKind::kPlugin,
              fmt::format("'{}' is {} plugins, of the kinds {}", plugins[0]->name, plugins.size(),
                          fmt::join(kinds, " and ")),
              "say which with --kind");
}

}  // namespace

const PluginFile& PluginRegistry::find(const std::string& kind, const std::string& name) const {
  const auto asked = [&](const auto& plugin) {
    return plugin.name == name && (kind.empty() || plugin.kind.empty() || plugin.kind == kind);
  };
  std::vector<const PluginFile*> found;
  for (const PluginFile& plugin : plugins) {
    if (asked(plugin)) found.push_back(&plugin);
  }
  if (found.size() == 1) return *found[0];
  if (!found.empty()) fail_several(found);
  const std::string what = kind.empty() ? "plugin" : kind;
  const std::string hint = "`sslx plugins` lists what is found and what is refused";
  if (const auto plugin = std::ranges::find_if(refused, asked); plugin != refused.end()) {
    throw Error(ErrorKind::kPlugin,
                fmt::format("{} '{}' cannot be used: {}: {}", what, name, plugin->file.string(),
                            plugin->reason),
                hint);
  }
  throw Error(ErrorKind::kPlugin,
              fmt::format("there is no {} '{}'{} (searched {})", what, name,
                          suggestion(*this, kind, name), searched_text(searched)),
              hint);
}

PluginRegistry PluginRegistry::scan(const std::vector<fs::path>& directories, size_t preferred) {
  Scan scan;
  for (const Candidate& candidate : candidates(directories, preferred)) scan.add(candidate);
  PluginRegistry registry = scan.finish();
  registry.searched = directories;
  return registry;
}

PluginRegistry PluginRegistry::search(const std::vector<fs::path>& plugin_dirs) {
  std::vector<fs::path> preferred;
  for (const fs::path& folder : plugin_dirs) {
    if (!fs::is_directory(folder)) {
      throw input_error(fmt::format("--plugin-dir {}: there is no such folder", folder.string()));
    }
    preferred.push_back(fs::canonical(folder));
  }
  return scan(plugin_search_path(preferred), preferred.size());
}

}  // namespace sslx
