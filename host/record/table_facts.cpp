#include "host/record/table_facts.h"

#include "host/record/pivot_data.h"
#include "host/record/sql.h"

namespace sslx::record {

void read_made_again(Connection& handle, SweepData& data) {
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
