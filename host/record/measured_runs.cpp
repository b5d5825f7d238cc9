#include "host/record/measured_runs.h"

#include <map>

#include "host/record/sql.h"

namespace sslx::record {

using nlohmann::json;

std::vector<MeasuredRun> measured_runs(Database& database) {
  std::vector<MeasuredRun> out;
  database.read([&](Connection& handle) {
    SQLite::Statement row(
        handle,
        "SELECT r.id, r.trial, t.config, coalesce(r.device, ''), coalesce(r.device_name, ''), "
        "coalesce(r.threads, 0), coalesce(r.steps, 0), coalesce(r.train_images, 0), "
        "coalesce(r.test_images, 0), coalesce(r.epochs, 0), coalesce(r.images_per_second, 0), "
        "coalesce(r.seconds, 0), r.energy_joules, r.directory FROM run r JOIN trial t ON "
        "t.identity = r.trial WHERE r.state = 'completed' AND r.resumed_from IS NULL AND "
        "coalesce(r.earlier_seconds, 0) = 0 ORDER BY r.started DESC");
    while (row.executeStep()) {
      MeasuredRun run;
      run.run = row.getColumn(0).getString();
      run.trial = row.getColumn(1).getString();
      run.config = json::parse(row.getColumn(2).getText());
      run.device = row.getColumn(3).getString();
      run.device_name = row.getColumn(4).getString();
      run.threads = row.getColumn(5).getInt64();
      run.steps = row.getColumn(6).getInt64();
      run.train_images = row.getColumn(7).getInt64();
      run.test_images = row.getColumn(8).getInt64();
      run.epochs = row.getColumn(9).getInt64();
      run.images_per_second = row.getColumn(10).getDouble();
      run.seconds = row.getColumn(11).getDouble();
      if (!row.getColumn(12).isNull()) run.joules = row.getColumn(12).getDouble();
      run.directory = row.getColumn(13).getString();
      out.push_back(std::move(run));
    }
  });
  return out;
}

}  // namespace sslx::record
