// Verdicts on runs that were made again (table reproduction): written to runs/record.jsonl first,
// so that they are there when the database is made anew.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "host/record/database.h"

namespace sslx::record {

class Connection;

/// What came of making a run again.
struct Verdict {
  std::string id;  ///< Of the second run.
  std::string run;
  std::string verdict;
  std::string message;
  std::string host;  ///< The machine's name.
  nlohmann::json details = nlohmann::json::object();
  std::string time = {};  ///< When it was recorded; "" before.
};

/// Keeps it in both. Throws Error(kSystem).
void record_verdict(Database& database, const std::filesystem::path& runs, const Verdict& verdict);

/// A line "verdict" of runs/record.jsonl into the database, where its run is; once.
void put_verdict(Connection& handle, const nlohmann::json& event);

}  // namespace sslx::record
