#include "host/record/load.h"

#include "host/record/pivot_data.h"
#include "host/record/sql.h"

namespace sslx::record {

using nlohmann::json;

json read_load(Connection& handle, const std::string& run) {
  SQLite::Statement row(handle,
                        "SELECT json_extract(json, '$.load') FROM event "
                        "WHERE run = ? AND event = 'finished'");
  row.bind(1, run);
  json out = json::object();
  while (row.executeStep()) {
    const json load =
        json::parse(row.getColumn(0).getString(), nullptr, /*allow_exceptions=*/false);
    if (load.is_object()) out = load;
  }
  return out;
}

void mark_disturbed(Connection& handle, SweepData& data) {
  for (TrialData& trial : data.trials) {
    if (!trial.counted) continue;
    const json load = read_load(handle, trial.counted->summary.id);
    trial.counted->disturbed = load.value("disturbed", json()) == json(true);
  }
}

}  // namespace sslx::record
