// A folder of the test's own, and run folders as a host would leave them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/record/database.h"
#include "host/record/sweeps.h"

namespace sslx::record::test {

/// What a pretended run is to leave behind.
struct RunSpec {
  std::string id = "";
  std::string variant = "A";
  uint64_t seed = 0;
  double knn = 40;
  int k = 20;  ///< Part of the protocol.
  std::string plugin_sha256 = "aa";
  std::string host_sha256 = "hh";
  std::string state = "completed";
  std::string message = "";
  nlohmann::json axes = nlohmann::json::object();
  nlohmann::json evaluate = nullptr;  ///< Of the configuration; null: it has none.
  nlohmann::json load = nullptr;  ///< Of the machine; runs from before there was such have none.
};

class RecordTest : public ::testing::Test {
 protected:
  RecordTest();
  ~RecordTest() override;

  std::filesystem::path database_file() const { return folder_ / "results" / "sslx.db"; }
  PlannedTrial trial(const RunSpec& spec) const;
  /// Plans these trials as the sweep "demo".
  SweepDefinition sweep(const std::vector<RunSpec>& specs) const;

  nlohmann::json request(const RunSpec& spec) const;
  /// The lines of its journal, each with its newline.
  std::vector<std::string> journal(const RunSpec& spec) const;
  /// Writes request.json, journal.jsonl and exit.json; returns the folder.
  std::filesystem::path write_run(const RunSpec& spec) const;
  /// The same with ingestion.
  void record_run(Database& database, const RunSpec& spec) const;

  std::filesystem::path folder_;
};

void write_file(const std::filesystem::path& file, const std::string& bytes);
std::string read_file(const std::filesystem::path& file);

/// The identity of its training.
std::string training_of(const PlannedTrial& trial);

/// One number from the database.
int64_t count(Database& database, const std::string& sql);

/// Runs the work in that many processes at once, each with its number; expects that it is true in
/// each, and throws in none.
void in_processes(int count, const std::function<bool(int)>& work);

/// The message of the Error that the call throws; "" when it throws none.
std::string error_of(const std::function<void()>& call);

}  // namespace sslx::record::test
