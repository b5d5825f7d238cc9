#include "host/data/fingerprint.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include "host/data/data_state.h"
#include "host/data/digest_cache.h"
#include "host/data/formats.h"

namespace sslx::data {
namespace {

constexpr const char* kShapesVersion = "shapes 1";

/// With their states, by which they are known again.
std::vector<KnownFile> files_of(const DataSpec& spec) {
  if (spec.path.empty()) {
    throw input_error(
        fmt::format("data set '{}' has no place; data.path must be its folder", spec.name),
        "Give it in the sweep file or with --set data.path=FOLDER.");
  }
  return spec.is_files() ? folder_files(spec).files : set_files(spec);
}

/// Digests of files. An image of a folder that cannot be read has none, and counts as it will when
/// the images are read; without a limit every file must be read.
class Digests {
 public:
  Digests(const DataSpec& spec, const std::vector<KnownFile>& files) : cache_(spec.path) {
    if (!spec.is_files()) return;
    limit_ = spec.integer("unreadable_limit");
    for (const KnownFile& file : files) {
      if (!file.state) count(file);
    }
    check();
  }

  std::string of(const KnownFile& file) {
    if (!file.state) return "unreadable";
    try {
      return cache_.digest(file);
    } catch (const Error&) {
      if (!limit_) throw;
    }
    count(file);
    check();
    return "unreadable";
  }

  void save() const { cache_.save(); }

 private:
  void count(const KnownFile& file) {
    if (++unreadable_ == 1) first_ = file.file;
  }

  void check() const {
    if (unreadable_ <= *limit_) return;
    broken(first_, fmt::format("the file cannot be read ({} unreadable in all, "
                               "data.unreadable_limit is {})",
                               unreadable_, *limit_));
  }

  DigestCache cache_;
  std::optional<int64_t> limit_;
  int64_t unreadable_ = 0;
  std::filesystem::path first_;
};

std::string fingerprint_of_shapes(const DataSpec& spec) {
  nlohmann::json drawn = spec.options;
  drawn.erase("train_per_class");
  drawn.erase("test_per_class");
  drawn.erase("held_out_per_class");
  return sha256_hex(kShapesVersion + drawn.dump());
}

DataIdentity identity_of(const DataSpec& spec, const std::vector<KnownFile>& files) {
  Sha256 digest;
  Digests digests(spec, files);
  for (const KnownFile& file : files) {
    digest.update(file.file.lexically_relative(spec.path).generic_string() + '\n');
    digest.update(digests.of(file) + '\n');
  }
  digests.save();
  return {digest.hex(), data_state(files, spec.path)};
}

/// Of the files whose digests are not known.
uintmax_t bytes_to_read(const DataSpec& spec, const std::vector<KnownFile>& files) {
  const DigestCache cache(spec.path);
  uintmax_t out = 0;
  for (const KnownFile& file : files) {
    if (file.state && !cache.knows(file)) out += static_cast<uintmax_t>(file.state->size);
  }
  return out;
}

}  // namespace

bool data_available(const DataSpec& spec) {
  if (spec.name == "shapes") return true;
  if (spec.is_files()) return !spec.path.empty() && folder_available(spec);
  try {
    return !files_of(spec).empty();
  } catch (const Error&) {
    return false;
  }
}

DataIdentity data_identity(const DataSpec& spec) {
  if (spec.name == "shapes") return {fingerprint_of_shapes(spec), "", data_sizes(spec, {})};
  const std::vector<KnownFile> files = files_of(spec);
  DataIdentity out = identity_of(spec, files);
  out.sizes = data_sizes(spec, files);
  return out;
}

std::optional<bool> is_still(const DataSpec& spec, const std::string& fingerprint,
                             uintmax_t at_most) {
  if (spec.name == "shapes") return fingerprint_of_shapes(spec) == fingerprint;
  const std::vector<KnownFile> files = files_of(spec);
  if (!spec.planned.empty() && data_state(files, spec.path) == spec.planned) return true;
  if (bytes_to_read(spec, files) > at_most) return std::nullopt;
  return identity_of(spec, files).fingerprint == fingerprint;
}

std::string data_fingerprint(const DataSpec& spec) {
  if (spec.name == "shapes") return fingerprint_of_shapes(spec);
  return identity_of(spec, files_of(spec)).fingerprint;
}

}  // namespace sslx::data
