// Takes a run's directory over into the record: request.json, journal.jsonl and exit.json.
// It goes on from the last line that it took, so that it may be called while the run writes, and
// any number of times. A torn last line waits; a corrupt line is Error(kSystem) with file and line,
// and what came before it is kept.
#pragma once

#include <filesystem>
#include <string>

#include "host/record/database.h"

namespace sslx::record {

/// One transaction, or none when there is nothing new. Returns the run's state afterwards.
std::string ingest_run(Database& database, const std::filesystem::path& directory);

}  // namespace sslx::record
