#include "host/record/run_recipe.h"

#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;

json recipe_row(Connection& handle, const std::string& run) {
  SQLite::Statement row(handle,
                        "SELECT r.state, r.trial, r.variant, r.axes, t.config, t.seed, "
                        "t.training, r.data_path, r.execution, coalesce(r.device, ''), "
                        "coalesce(r.threads, 0), r.evaluation_data "
                        "FROM run r JOIN trial t ON t.identity = r.trial WHERE r.id = ?");
  row.bind(1, run);
  if (!row.executeStep()) return {};
  const auto text = [&](int column) { return row.getColumn(column).getString(); };
  return {{"state", text(0)},
          {"trial", text(1)},
          {"variant", text(2)},
          {"axes", json::parse(text(3))},
          {"config", json::parse(text(4))},
          {"seed", static_cast<uint64_t>(row.getColumn(5).getInt64())},
          {"training", text(6)},
          {"data_path", text(7)},
          {"execution", json::parse(text(8))},
          {"device", text(9)},
          {"threads", row.getColumn(10).getInt64()},
          {"evaluation_data", json::parse(text(11))},
          {"plugins", json::array()}};
}

}  // namespace

json run_recipe(Database& database, const std::string& run) {
  json out;
  database.read([&](Connection& handle) {
    out = recipe_row(handle, run);
    SQLite::Statement row(handle,
                          "SELECT kind, name, version, sha256, file FROM run_plugin WHERE run = ? "
                          "ORDER BY kind, name");
    row.bind(1, run);
    while (!out.is_null() && row.executeStep()) {
      json plugin;
      for (int i = 0; i < row.getColumnCount(); ++i) {
        plugin[row.getColumnName(i)] = row.getColumn(i).getString();
      }
      out["plugins"].push_back(std::move(plugin));
    }
  });
  return out;
}

}  // namespace sslx::record
