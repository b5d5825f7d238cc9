#include "host/record/verdicts.h"

#include "host/record/record_journal.h"
#include "host/record/sql.h"
#include "host/record/take_in.h"

namespace sslx::record {

using nlohmann::json;

void put_verdict(Connection& handle, const json& event) {
  run_sql(handle,
          "INSERT OR IGNORE INTO reproduction (id, run, time, host, verdict, message, details) "
          "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE EXISTS (SELECT 1 FROM run WHERE id = ?2)",
          event.at("id").get<std::string>(), event.at("run").get<std::string>(),
          event.at("time").get<std::string>(), event.at("host").get<std::string>(),
          event.at("verdict").get<std::string>(), event.at("message").get<std::string>(),
          event.at("details"));
}

void record_verdict(Database& database, const std::filesystem::path& runs, const Verdict& verdict) {
  const json event = append_event(runs, "verdict",
                                  {{"id", verdict.id},
                                   {"run", verdict.run},
                                   {"verdict", verdict.verdict},
                                   {"message", verdict.message},
                                   {"host", verdict.host},
                                   {"details", verdict.details}});
  database.write([&](Connection& handle) { put_verdict(handle, event); });
  take_in_events(database);  // the line is no news to the record any more
}

}  // namespace sslx::record
