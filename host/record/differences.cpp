#include "host/record/differences.h"

#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <fstream>
#include <iterator>

#include "host/record/compress.h"
#include "host/record/database.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

namespace fs = std::filesystem;

bool has_difference(Connection& handle, const std::string& sha256) {
  SQLite::Statement row(handle, "SELECT 1 FROM source_difference WHERE sha256 = ?");
  row.bind(1, sha256);
  return row.executeStep();
}

/// "" when it is damaged.
std::string text_in(const std::string& zlib) {
  try {
    return expanded(zlib, kLargestDifference);
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

fs::path difference_file(const fs::path& runs, const std::string& sha256) {
  return runs / "differences" / (sha256 + ".z");
}

bool put_difference(Connection& handle, const fs::path& runs, const std::string& sha256) {
  if (!is_sha256(sha256)) return false;  // it becomes a file's name
  if (has_difference(handle, sha256)) return true;
  std::ifstream in(difference_file(runs, sha256), std::ios::binary);
  const std::string zlib{std::istreambuf_iterator<char>(in), {}};
  const std::string text = text_in(zlib);
  if (text.empty() || sha256_hex(text) != sha256) return false;
  SQLite::Statement insert(handle,
                           "INSERT INTO source_difference (sha256, bytes, zlib) VALUES (?, ?, ?)");
  bind_all(insert, sha256, static_cast<int64_t>(text.size()));
  insert.bind(3, zlib.data(), static_cast<int>(zlib.size()));
  insert.exec();
  return true;
}

std::optional<std::string> difference_of(Database& database, const std::string& run) {
  std::optional<std::string> out;
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle,
                          "SELECT d.zlib FROM run r JOIN source_difference d "
                          "ON d.sha256 = r.difference WHERE r.id = ?");
    row.bind(1, run);
    if (row.executeStep()) out = expanded(row.getColumn(0).getString(), kLargestDifference);
  });
  return out;
}

}  // namespace sslx::record
