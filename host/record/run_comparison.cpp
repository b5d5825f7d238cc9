#include "host/record/run_comparison.h"

#include <cmath>
#include <map>

#include "host/record/differences.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

/// Name -> step -> value.
using Metrics = std::map<std::string, std::map<int64_t, double>>;

Metrics metrics_of(Database& database, const std::string& run) {
  Metrics out;
  database.read([&](Connection& handle) {
    SQLite::Statement row(handle, "SELECT name, step, value FROM v_metrics WHERE run = ?");
    row.bind(1, run);
    while (row.executeStep()) {
      const SQLite::Column value = row.getColumn(2);
      out[row.getColumn(0).getString()][row.getColumn(1).getInt64()] =
          value.isNull() ? std::nan("") : value.getDouble();
    }
  });
  return out;
}

std::vector<MetricPair> at_last_common_step(const Metrics& a, const Metrics& b) {
  std::vector<MetricPair> out;
  for (const auto& [name, steps] : a) {
    const auto others = b.find(name);
    if (others == b.end()) continue;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
      const auto other = others->second.find(step->first);
      if (other == others->second.end()) continue;
      out.push_back({name, step->first, step->second, other->second});
      break;
    }
  }
  return out;
}

}  // namespace

RunComparison compare_runs(Database& database, const std::string& a, const std::string& b) {
  RunComparison out{
      run_details(database, a), run_details(database, b), {}, false, false, {}, {}, {}};
  out.metrics = at_last_common_step(metrics_of(database, a), metrics_of(database, b));
  const LossTrace losses_a = losses_of(database, a);
  const LossTrace losses_b = losses_of(database, b);
  out.has_losses_a = !losses_a.empty();
  out.has_losses_b = !losses_b.empty();
  out.losses = compare_losses(losses_a, losses_b);
  out.difference_a = difference_of(database, a);
  out.difference_b = difference_of(database, b);
  return out;
}

}  // namespace sslx::record
