#include "host/sweep/finished_stages.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A torn or foreign line is passed over.
size_t finished_stages(const fs::path& journal) {
  std::error_code error;
  size_t count = 0;
  if (!fs::is_regular_file(journal, error)) return count;
  std::ifstream in(journal, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    const json event = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (event.is_object() && event.value("event", json()) == "stage") ++count;
  }
  return count;
}

}  // namespace

fs::path furthest_run(const std::vector<fs::path>& directories) {
  fs::path out;
  size_t most = 0;
  for (const fs::path& directory : directories) {
    const size_t count = finished_stages(directory / "journal.jsonl");
    if (count <= most) continue;
    most = count;
    out = directory;
  }
  return out;
}

}  // namespace sslx::sweep
