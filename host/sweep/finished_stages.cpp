#include "host/sweep/finished_stages.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "host/record/journal_lines.h"
#include "host/weights/checkpoint_files.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A torn or foreign line is passed over.
std::set<std::string> finished_stages(const fs::path& journal) {
  std::error_code error;
  std::set<std::string> out;
  if (!fs::is_regular_file(journal, error)) return out;
  std::ifstream in(journal, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    if (line.find("\"stage\"") == std::string::npos) continue;
    const json event = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (event.is_object() && event.value("event", json()) == "stage") {
      out.insert(record::text_or(event, "stage"));
    }
  }
  return out;
}

/// Finished stages, and steps in the one after them.
using Distance = std::pair<size_t, int64_t>;

Distance distance(const fs::path& directory) {
  const std::set<std::string> finished = finished_stages(directory / "journal.jsonl");
  Distance out{finished.size(), 0};
  for (const train::CheckpointFile& one : train::checkpoint_files(directory)) {
    if (!finished.contains(one.stage)) out.second = std::max(out.second, one.step);
  }
  return out;
}

}  // namespace

bool has_finished_stage(const fs::path& directory) { return distance(directory).first > 0; }

fs::path furthest_run(const std::vector<fs::path>& directories) {
  fs::path out;
  Distance furthest;
  for (const fs::path& directory : directories) {
    const Distance here = distance(directory);
    if (here <= furthest) continue;
    furthest = here;
    out = directory;
  }
  return out;
}

fs::path run_to_take_up(RunRecord& record, const Trial& trial) {
  fs::path own = furthest_run(record.unfinished(trial));
  return own.empty() ? furthest_run(record.trained_alike(trial)) : own;
}

void remove_checkpoints_of(const fs::path& run) {
  for (const train::CheckpointFile& one : train::checkpoint_files(run)) {
    std::error_code stays;
    fs::remove(one.file, stays);
  }
}

}  // namespace sslx::sweep
