#include "host/record/run_log.h"

#include <algorithm>
#include <fstream>

#include "host/record/compress.h"
#include "host/record/database.h"
#include "host/record/sql.h"

namespace sslx::record {

std::string packed_log(const std::filesystem::path& directory) {
  std::ifstream in(directory / "host.log", std::ios::binary | std::ios::ate);
  const std::streamoff size = in ? static_cast<std::streamoff>(in.tellg()) : 0;
  if (size <= 0) return "";
  const std::streamoff kept = std::min(size, static_cast<std::streamoff>(kLogEnd));
  std::string end(static_cast<size_t>(kept), '\0');
  in.seekg(size - kept);
  in.read(end.data(), kept);
  end.resize(static_cast<size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  const size_t line = kept < size ? end.find('\n') : std::string::npos;
  if (line != std::string::npos && line + 1 < end.size()) end.erase(0, line + 1);
  return end.empty() ? "" : compressed(end);
}

std::string log_of(Database& database, const std::string& run) {
  std::string out;
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle, "SELECT log FROM run WHERE id = ? AND log IS NOT NULL");
    row.bind(1, run);
    if (row.executeStep()) out = expanded(row.getColumn(0).getString(), kLogEnd);
  });
  return out;
}

}  // namespace sslx::record
