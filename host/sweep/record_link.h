// The executor's record as it is in earnest: the database. Also what a plan needs of it beforehand:
// registering, and an estimate from earlier runs.
#pragma once

#include <optional>
#include <string>

#include "host/record/database.h"
#include "host/sweep/executor.h"

namespace sslx::sweep {

class DatabaseRecord : public RunRecord {
 public:
  DatabaseRecord(record::Database& database, std::string host_sha256);
  bool is_done(const Trial& trial) override;
  std::vector<std::filesystem::path> unfinished(const Trial& trial) override;
  void ingest(const std::filesystem::path& directory) override;

 private:
  record::Database& database_;
  std::string host_sha256_;
};

/// Makes the plan the sweep's plan in the record; `file` is kept as text.
void register_plan(record::Database& database, const Plan& plan, const std::filesystem::path& file);

/// Mean seconds of the completed runs of the same trial, else of the same variant and axes in this
/// sweep; empty for a trial without any.
std::vector<std::optional<double>> earlier_seconds(record::Database& database, const Plan& plan);

}  // namespace sslx::sweep
