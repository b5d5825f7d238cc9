#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <utility>

#include "host/sweep/archive.h"
#include "host/sweep/bundle.h"
#include "host/sweep/run_copy.h"
#include "host/sweep/run_directory.h"
#include "host/sweep/staging.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr uint64_t kMostManifest = uint64_t{64} << 20;
constexpr const char* kManifest = "manifest.json";

struct Listed {
  uint64_t bytes = 0;
  std::string sha256;
  bool seen = false;
};

/// A bundle and what its manifest says of each member. Every byte is compared with it.
class BundleReader {
 public:
  BundleReader(const fs::path& file, uint64_t most_bytes)
      : file_(file), most_bytes_(most_bytes), archive_(file) {}

  json read_manifest() {
    const std::optional<ArchiveMember> member = archive_.next();
    if (!member || member->name != kManifest || !member->is_file) {
      throw lies("its first member is not manifest.json");
    }
    if (member->bytes > kMostManifest) throw lies("its manifest is larger than 64 MiB");
    std::string text;
    archive_.read([&](std::string_view part) { text += part; });
    json manifest = json::parse(text, nullptr, /*allow_exceptions=*/false);
    try {
      list(manifest);
    } catch (const json::exception&) {
      throw lies("its manifest is none");
    }
    return manifest;
  }

  /// Hands every other member's bytes on; `begin` is told of each before.
  void read_members(const std::function<void(const std::string&)>& begin,
                    const std::function<void(std::string_view)>& take) {
    while (const std::optional<ArchiveMember> member = archive_.next()) {
      check_name(member->name);
      if (!member->is_file) throw lies(fmt::format("'{}' is no regular file", member->name));
      const auto found = listed_.find(member->name);
      if (found == listed_.end()) {
        throw lies(fmt::format("'{}' is not in its manifest", member->name));
      }
      if (std::exchange(found->second.seen, true)) {
        throw lies(fmt::format("'{}' is there twice", member->name));
      }
      if (member->bytes != found->second.bytes) throw other_size(member->name);
      begin(member->name);
      read_member(member->name, found->second, take);
    }
    for (const auto& [name, listed] : listed_) {
      if (!listed.seen) throw lies(fmt::format("'{}' is in its manifest alone", name));
    }
  }

 private:
  Error lies(const std::string& what) const {
    return input_error(
        fmt::format("{} is refused, and nothing was taken in: {}", file_.string(), what),
        "ask those who made it for a whole one");
  }
  Error other_size(const std::string& name) const {
    return lies(fmt::format("'{}' has another size than its manifest says", name));
  }

  void read_member(const std::string& name, const Listed& listed,
                   const std::function<void(std::string_view)>& take) {
    Sha256 digest;
    uint64_t bytes = 0;
    archive_.read([&](std::string_view part) {
      bytes += part.size();
      if (bytes > listed.bytes) throw other_size(name);
      digest.update(part);
      take(part);
    });
    if (bytes != listed.bytes) throw other_size(name);
    if (digest.hex() != listed.sha256) {
      throw lies(fmt::format("'{}' has another SHA-256 than its manifest says", name));
    }
  }

  /// What a bundle may hold, and where; nothing of it leads out of a folder.
  void check_name(const std::string& name) const {
    static const std::regex allowed(
        "record\\.db|sweeps/[0-9]{1,9}\\.toml|plugins/[0-9a-f]{64}\\.so|"
        "weights/[0-9a-f]{64}\\.safetensors|"
        "runs/[0-9A-Za-z][0-9A-Za-z_-]{0,99}/"
        "(request\\.json|journal\\.jsonl|exit\\.json|host\\.log|"
        "[0-9A-Za-z_][0-9A-Za-z_.-]{0,99}\\.safetensors)");
    if (!std::regex_match(name, allowed)) {
      throw lies(fmt::format("'{}' is no name of a member", name.substr(0, 200)));
    }
  }

  void list(const json& manifest) {
    if (manifest.at("bundle") != 1) throw lies("it is of another version; this sslx knows 1");
    static_cast<void>(manifest.at("sweep").get<std::string>());
    uint64_t total = 0;
    for (const json& one : manifest.at("files")) {
      const auto name = one.at("path").get<std::string>();
      check_name(name);
      Listed listed{one.at("bytes").get<uint64_t>(), one.at("sha256").get<std::string>()};
      total += std::min(listed.bytes, most_bytes_ + 1);
      if (total > most_bytes_) {
        throw lies(fmt::format("its members have more than {} MiB", most_bytes_ >> 20U));
      }
      check_own_digest(name, listed.sha256);
      if (!listed_.emplace(name, listed).second) {
        throw lies(fmt::format("'{}' is in its manifest twice", name));
      }
    }
    if (!listed_.contains("record.db")) throw lies("it has no record.db");
  }

  /// Plugins and weights are named by what they are.
  void check_own_digest(const std::string& name, const std::string& sha256) const {
    const bool named = name.starts_with("plugins/") || name.starts_with("weights/");
    if (named && fs::path(name).stem() != sha256) {
      throw lies(fmt::format("'{}' is not named by its SHA-256", name));
    }
  }

  fs::path file_;
  uint64_t most_bytes_;
  ArchiveReader archive_;
  std::map<std::string, Listed> listed_;
};

/// Compared once more while it is written: the file may have changed since it was checked.
void extract(const UnbundleOptions& options, const fs::path& folder) {
  BundleReader bundle(options.file, options.most_bytes);
  bundle.read_manifest();
  std::ofstream out;
  const auto done = [&] {
    if (!out.is_open()) return;
    out.close();
    if (!out) throw Error(ErrorKind::kSystem, fmt::format("{} is full", folder.string()));
  };
  bundle.read_members(
      [&](const std::string& name) {
        done();
        make_folder((folder / name).parent_path());
        out.open(folder / name, std::ios::binary | std::ios::trunc);
      },
      [&](std::string_view part) {
        out.write(part.data(), static_cast<std::streamsize>(part.size()));
      });
  done();
}

void check_space(const json& manifest, const UnbundleOptions& options) {
  uint64_t bytes = 0;
  for (const json& one : manifest.at("files")) bytes += one.at("bytes").get<uint64_t>();
  std::error_code unknown;
  const fs::space_info space = fs::space(options.home, unknown);
  if (unknown || space.available / 2 > bytes) return;  // it is there twice for a moment
  throw Error(ErrorKind::kSystem,
              fmt::format("{} has {} MiB, for which there is no room in {}", options.file.string(),
                          bytes >> 20U, options.home.string()));
}

/// Files that are named by their content: those that are not there yet.
size_t move_new(const fs::path& from, const fs::path& to) {
  size_t count = 0;
  std::error_code error;
  for (fs::directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
    const fs::path target = to / at->path().filename();
    if (fs::exists(target)) continue;
    make_folder(to);
    fs::rename(at->path(), target);
    ++count;
  }
  return count;
}

}  // namespace

json check_bundle(const fs::path& file, uint64_t most_bytes) {
  BundleReader bundle(file, most_bytes);
  json manifest = bundle.read_manifest();
  bundle.read_members([](const std::string&) {}, [](std::string_view) {});
  return manifest;
}

Unbundled take_bundle(record::Database& database, const UnbundleOptions& options) {
  const json manifest = check_bundle(options.file, options.most_bytes);
  check_space(manifest, options);
  const fs::path runs = options.home / "runs";
  const Staging staging(runs, "unbundle");
  extract(options, staging.folder());
  make_folder(staging.folder() / "results");
  make_folder(staging.folder() / "runs");
  fs::rename(staging.folder() / "record.db", staging.folder() / "results" / "sslx.db");
  Unbundled out{manifest.at("sweep").get<std::string>(), {}};
  out.merged = merge_source(database, {runs, staging.folder(), options.file.string(), true});
  out.plugins = move_new(staging.folder() / "plugins", runs / "plugins");
  out.weights = move_new(staging.folder() / "weights", options.home / "weights");
  return out;
}

}  // namespace sslx::sweep
