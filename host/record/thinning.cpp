#include "host/record/thinning.h"

#include <algorithm>
#include <map>
#include <string>

#include "host/record/sql.h"

namespace sslx::record {
namespace {

namespace fs = std::filesystem;

enum class Kind { kOther, kCheckpoint, kFeatures, kWeights };

Kind kind_of(const fs::path& file) {
  const std::string name = file.filename().string();
  if (!name.ends_with(".safetensors")) return Kind::kOther;
  if (name.starts_with("checkpoint-")) return Kind::kCheckpoint;
  return name == "features.safetensors" ? Kind::kFeatures : Kind::kWeights;
}

struct EndedRun {
  std::string id;
  bool is_final = false;
  std::string newest;  ///< The trial's newest final run by the same plugins and host; "" for none.
};

/// A result that came too late counts for as little as an older one.
const char* const kEndedRuns = R"sql(
SELECT r.id, r.state IN ('completed', 'collapsed', 'diverged'),
       coalesce((SELECT o.id FROM run o WHERE o.trial = r.trial AND o.provenance = r.provenance
                 AND o.state IN ('completed', 'collapsed', 'diverged')
                 ORDER BY o.started DESC, o.id DESC LIMIT 1), '')
FROM run r WHERE r.state != 'running' ORDER BY r.id)sql";

std::vector<EndedRun> ended_runs(Database& database) {
  std::vector<EndedRun> out;
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle, kEndedRuns);
    while (row.executeStep()) {
      out.push_back({row.getColumn(0).getString(), row.getColumn(1).getInt() != 0,
                     row.getColumn(2).getString()});
    }
  });
  return out;
}

bool may_go(Kind kind, const EndedRun& run, const Thinning& thinning) {
  const bool is_old = !run.newest.empty() && run.newest != run.id;
  switch (kind) {
    case Kind::kCheckpoint:
      return run.is_final || is_old;
    case Kind::kFeatures:
      return thinning.features && (run.is_final || is_old);
    case Kind::kWeights:
      return (is_old && thinning.old_weights) || ((run.is_final || is_old) && thinning.all_weights);
    case Kind::kOther:
      break;
  }
  return false;
}

}  // namespace

std::vector<ThinFile> files_to_thin(Database& database, const Thinning& thinning) {
  std::vector<ThinFile> out;
  for (const EndedRun& run : ended_runs(database)) {
    std::error_code error;
    const fs::path folder = database.runs() / run.id;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      std::error_code gone;
      if (!at->is_regular_file(gone) || at->is_symlink(gone)) continue;
      if (may_go(kind_of(at->path()), run, thinning)) {
        out.push_back({at->path(), at->file_size(gone)});
      }
    }
  }
  return out;
}

}  // namespace sslx::record
