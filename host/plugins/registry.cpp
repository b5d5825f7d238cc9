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
  size_t place = 0;         ///< Of its folder in the search path.
};

/// The .so files of one folder by name; none when it is not there. What cannot be read may hold
/// what a later folder would be taken for.
std::vector<fs::path> libraries(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".so") files.push_back(it->path());
  }
  if (error && error != std::errc::no_such_file_or_directory &&
      error != std::errc::not_a_directory) {
    throw input_error(
        fmt::format("the plugin folder {} cannot be read: {}", folder.string(), error.message()),
        "make it readable, or take it out of the search path");
  }
  std::ranges::sort(files);
  return files;
}

std::vector<Candidate> candidates(const std::vector<fs::path>& directories) {
  std::vector<Candidate> out;
  for (size_t i = 0; i < directories.size(); ++i) {
    const auto add = [&](const fs::path& folder, const std::string& kind) {
      for (const fs::path& file : libraries(folder)) out.push_back({file, kind, i});
    };
    add(directories[i], "");
    for (const std::string kind : kKinds) add(directories[i] / (kind + "s"), kind);
  }
  return out;
}

/// Collects what a scan finds; the same file or the same bytes count once.
class Scan {
 public:
  explicit Scan(size_t preferred) : preferred_(preferred) {}

  void add(const Candidate& candidate) {
    std::error_code error;
    if (!seen_.insert(fs::weakly_canonical(candidate.file, error)).second) return;
    auto result = inspect_plugin(candidate.file);
    if (auto* refused = std::get_if<RefusedPlugin>(&result)) {
      if (refused->kind.empty()) refused->kind = candidate.folder_kind;
      refused_.push_back({*refused, candidate.place});
      return;
    }
    auto& plugin = std::get<PluginFile>(result);
    if (!candidate.folder_kind.empty() && candidate.folder_kind != plugin.kind) {
      refuse({plugin, candidate.place},
             fmt::format("it is of kind {}, but lies in the folder of {}s", plugin.kind,
                         candidate.folder_kind));
      return;
    }
    auto& same = found_[{plugin.kind, plugin.name}];
    const auto equal = [&](const Sound& other) { return other.plugin.sha256 == plugin.sha256; };
    if (std::ranges::none_of(same, equal)) same.push_back({plugin, candidate.place});
  }

  PluginRegistry finish() {
    for (auto& [key, same] : found_) {
      if (!is_behind_refused(same)) settle(same);
    }
    for (const auto& [refused, place] : refused_) registry_.refused.push_back(refused);
    std::ranges::sort(registry_.refused, {}, &RefusedPlugin::file);
    return std::move(registry_);
  }

 private:
  struct Sound {
    PluginFile plugin;
    size_t place;
  };
  struct Refused {
    RefusedPlugin plugin;
    size_t place;
  };
  using Found = std::vector<Sound>;

  void refuse(const Sound& sound, const std::string& reason) {
    const PluginFile& plugin = sound.plugin;
    refused_.push_back({{plugin.file, reason, plugin.kind, plugin.name}, sound.place});
  }

  /// Whoever puts a library first means it: an older one of its name must not run instead unseen.
  bool is_behind_refused(const Found& same) {
    const PluginFile& first = same.front().plugin;
    bool behind = false;
    for (auto& [refused, place] : refused_) {
      const bool alike = refused.kind.empty() || refused.kind == first.kind;
      if (refused.name != first.name || !alike) continue;
      refused.missed = place <= same.front().place;
      if (!refused.missed || behind) continue;
      behind = true;
      registry_.notes.push_back(
          fmt::format("{} '{}' in {} is not used, since {} was found first and is refused",
                      first.kind, first.name, first.file.string(), refused.file.string()));
    }
    return behind;
  }

  /// One of several of the same kind and name is used when it alone was asked for by folder.
  void settle(Found& same) {
    const auto asked = [&](const Sound& one) { return one.place < preferred_; };
    const auto preferred = std::ranges::count_if(same, asked);
    if (same.size() == 1 || preferred == 1) {
      const auto chosen = preferred == 1 ? std::ranges::find_if(same, asked) : same.begin();
      for (const Sound& other : same) {
        if (other.plugin.file == chosen->plugin.file) continue;
        registry_.notes.push_back(fmt::format(
            "{} '{}' is {}; --plugin-dir hides {}", other.plugin.kind, other.plugin.name,
            chosen->plugin.file.string(), other.plugin.file.string()));
      }
      registry_.plugins.push_back(chosen->plugin);
      return;
    }
    for (const Sound& one : same) {
      std::vector<std::string> others;
      for (const Sound& other : same) {
        if (other.plugin.file != one.plugin.file) others.push_back(other.plugin.file.string());
      }
      refuse(one, fmt::format("{} '{}' is also in {}; remove one, or name the folder of the "
                              "right one with --plugin-dir",
                              one.plugin.kind, one.plugin.name, fmt::join(others, " and ")));
    }
  }

  size_t preferred_;
  PluginRegistry registry_;
  std::vector<Refused> refused_;
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
  const auto missed = [&](const RefusedPlugin& plugin) { return plugin.missed && asked(plugin); };
  std::vector<const PluginFile*> found;
  for (const PluginFile& plugin : plugins) {
    if (asked(plugin)) found.push_back(&plugin);
  }
  const std::string what = kind.empty() ? "plugin" : kind;
  const std::string hint = "`sslx plugins` lists what is found and what is refused";
  auto plugin = std::ranges::find_if(refused, missed);
  if (plugin == refused.end() && found.empty()) plugin = std::ranges::find_if(refused, asked);
  if (plugin != refused.end() && (kind.empty() || found.empty())) {
    throw Error(ErrorKind::kPlugin,
                fmt::format("{} '{}' cannot be used: {}: {}", what, name, plugin->file.string(),
                            plugin->reason),
                hint);
  }
  if (found.size() == 1) return *found[0];
  if (!found.empty()) fail_several(found);
  throw Error(ErrorKind::kPlugin,
              fmt::format("there is no {} '{}'{} (searched {})", what, name,
                          suggestion(*this, kind, name), searched_text(searched)),
              hint);
}

PluginRegistry PluginRegistry::scan(const std::vector<fs::path>& directories, size_t preferred) {
  Scan scan(preferred);
  for (const Candidate& candidate : candidates(directories)) scan.add(candidate);
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
