#include "host/data/digest_cache.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "host/data/whole_file.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDigest = 64;
/// A file changed this recently may change again without its time showing it.
constexpr int64_t kSettled = 2'000'000'000;

fs::path cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "sslx";
  const char* home = std::getenv("HOME");
  return home != nullptr && *home == '/' ? fs::path(home) / ".cache/sslx" : fs::path();
}

int64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

}  // namespace

DigestCache::DigestCache(const fs::path& data_folder) {
  const fs::path folder = cache_folder();
  if (folder.empty()) return;
  std::error_code failed;
  const fs::path data = fs::absolute(data_folder, failed);
  if (failed) return;
  place_ = folder / ("digests-" + sha256_hex(data.string()).substr(0, 16));
  load();
}

/// The first line is the digest of the rest, so that damage is seen; the others are "digest key".
void DigestCache::load() {
  std::ifstream in(place_, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.size() <= kDigest || bytes[kDigest] != '\n') return;
  const std::string_view rest = std::string_view(bytes).substr(kDigest + 1);
  if (sha256_hex(rest) != std::string_view(bytes).substr(0, kDigest)) return;
  for (size_t start = 0; start < rest.size();) {
    const size_t end = std::min(rest.find('\n', start), rest.size());
    const std::string_view line = rest.substr(start, end - start);
    if (line.size() > kDigest + 1 && is_sha256(line.substr(0, kDigest))) {
      known_.emplace(line.substr(kDigest + 1), line.substr(0, kDigest));
    }
    start = end + 1;
  }
}

std::string DigestCache::key_of(const KnownFile& file) const {
  std::error_code failed;
  const std::string name = fs::absolute(file.file, failed).string();
  if (place_.empty() || failed || !file.state || name.find('\n') != std::string::npos) return "";
  if (now() - std::max(file.state->modified, file.state->changed) < kSettled) return "";
  return fmt::format("{} {}", file.state->text(), name);
}

bool DigestCache::knows(const KnownFile& file) const { return known_.contains(key_of(file)); }

std::string DigestCache::digest(const KnownFile& file) {
  const std::string key = key_of(file);
  if (key.empty()) return sha256_file(file.file);
  const auto found = known_.find(key);
  changed_ = changed_ || found == known_.end();
  const std::string out = found == known_.end() ? sha256_file(file.file) : found->second;
  used_.emplace(key, out);
  return out;
}

void DigestCache::save() const {
  if (place_.empty() || (!changed_ && used_.size() == known_.size())) return;
  std::string rest;
  for (const auto& [key, digest] : used_) rest += fmt::format("{} {}\n", digest, key);
  std::error_code failed;
  fs::create_directories(place_.parent_path(), failed);
  write_whole(place_, [&](std::ofstream& out) { out << sha256_hex(rest) << '\n' << rest; });
}

}  // namespace sslx::data
