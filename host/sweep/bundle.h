// A sweep as one file for another group: its part of the record, its runs' journals, the bytes of
// its plugins, weights where they are asked for, and a manifest of sizes and digests; and such a
// file taken in, by way of a merge. A bundle is a stranger's: one that says something untrue (names
// that lead out, links, sizes, digests, members too many or too few), is cut, or is larger than
// allowed is Error(kInput) before anything is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/sweep/merge_source.h"

namespace sslx::sweep {

struct BundleOptions {
  std::filesystem::path home;
  std::string sweep;
  std::filesystem::path file;
  bool weights = false;  ///< The runs' tensors, and those that they start from.
};

struct BundleSummary {
  size_t runs = 0;
  size_t plugins = 0;
  size_t files = 0;
  uint64_t bytes = 0;              ///< Of the members.
  std::vector<std::string> notes;  ///< What it lacks, a sentence each.
};

/// Error(kInput) for a sweep that the record does not have, or a file that is there already.
BundleSummary make_bundle(record::Database& database, const BundleOptions& options);

/// Its manifest, when all that it says of the bundle is so. Nothing is written.
nlohmann::json check_bundle(const std::filesystem::path& file, uint64_t most_bytes);

struct UnbundleOptions {
  std::filesystem::path home;
  std::filesystem::path file;
  uint64_t most_bytes = uint64_t{16} << 30;  ///< Of its members.
};

struct Unbundled {
  std::string sweep;
  MergedSource merged;
  size_t plugins = 0;  ///< New here.
  size_t weights = 0;
};

Unbundled take_bundle(record::Database& database, const UnbundleOptions& options);

}  // namespace sslx::sweep
