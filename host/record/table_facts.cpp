#include "host/record/table_facts.h"

#include "host/record/pivot_data.h"
#include "host/record/sql.h"

namespace sslx::record {

void read_table_facts(Connection& handle, SweepData& data) {
  SQLite::Statement run(handle,
                        "SELECT state IN ('completed', 'collapsed', 'diverged'), "
                        "coalesce(seconds, 0) FROM run "
                        "WHERE trial IN (SELECT trial FROM plan_trial WHERE plan = ?)");
  run.bind(1, data.plan.id);
  while (run.executeStep()) {
    const double seconds = run.getColumn(1).getDouble();
    ++data.cost.runs;
    data.cost.seconds += seconds;
    if (run.getColumn(0).getInt() != 0) continue;
    ++data.cost.without_result;
    data.cost.lost_seconds += seconds;
  }
  SQLite::Statement again(handle,
                          "SELECT verdict FROM reproduction WHERE run = ? ORDER BY time DESC");
  for (const TrialData& trial : data.trials) {
    if (!trial.counted) continue;
    again.reset();
    again.bind(1, trial.counted->summary.id);
    if (again.executeStep()) ++data.made_again[again.getColumn(0).getString()];
  }
}

}  // namespace sslx::record
