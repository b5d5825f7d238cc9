#include "host/data/fingerprint.h"

#include <fmt/format.h>
#include <sslx/digest.h>
#include <sslx/error.h>

#include "host/data/digest_cache.h"
#include "host/data/formats.h"

namespace sslx::data {
namespace {

constexpr const char* kShapesVersion = "shapes 1";

std::vector<std::filesystem::path> files_of(const DataSpec& spec) {
  if (spec.path.empty()) {
    throw input_error(
        fmt::format("data set '{}' has no place; data.path must be its folder", spec.name),
        "Give it in the sweep file or with --set data.path=FOLDER.");
  }
  if (spec.name == "folder") return folder_files(spec);
  if (spec.name == "pack") return pack_files(spec);
  if (spec.name == "stl10") return stl10_files(spec);
  if (spec.name == "cifar10" || spec.name == "cifar100") return cifar_files(spec);
  return idx_files(spec);
}

}  // namespace

bool data_available(const DataSpec& spec) {
  if (spec.name == "shapes") return true;
  try {
    return !files_of(spec).empty();
  } catch (const Error&) {
    return false;
  }
}

std::string data_fingerprint(const DataSpec& spec) {
  if (spec.name == "shapes") {
    nlohmann::json drawn = spec.options;
    drawn.erase("train_per_class");
    drawn.erase("test_per_class");
    return sha256_hex(kShapesVersion + drawn.dump());
  }
  Sha256 digest;
  DigestCache cache(spec.path);
  for (const std::filesystem::path& file : files_of(spec)) {
    digest.update(file.lexically_relative(spec.path).generic_string() + '\n');
    digest.update(cache.digest(file) + '\n');
  }
  cache.save();
  return digest.hex();
}

}  // namespace sslx::data
