// Takes a run's directory over into the record: request.json, journal.jsonl and exit.json.
// It goes on from the last line that it took, so that it may be called while the run writes, and
// any number of times. A torn last line waits; a corrupt line is an Error with file and line,
// and what came before it is kept. A run that has ended never has a result by a damaged journal: it
// is failed then, with the damage as its message. What is wrong with the run's own files is
// Error(kRun), what with the record or the disk Error(kSystem).
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "host/record/database.h"

namespace sslx::record {

/// One transaction, or none when there is nothing new. Returns the run's state afterwards.
std::string ingest_run(Database& database, const std::filesystem::path& directory);

/// What is wrong with the journal of a run that has ended, in one sentence; "" when nothing is.
/// That of a run with a result ends with its line "finished", which says the same as exit.json;
/// others may end anywhere, but hold no corrupt line.
std::string journal_damage(const std::filesystem::path& directory);

struct KnownRun {
  std::string state;
  std::string trial;
};

/// Every run of the record by its id.
std::map<std::string, KnownRun> known_runs(Database& database);

}  // namespace sslx::record
