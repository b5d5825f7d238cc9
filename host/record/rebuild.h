// Makes the database again from runs/ alone: request.json, journal.jsonl and exit.json of each run,
// and runs/record.jsonl. It is there for a file that was damaged or deleted; of a sound one the
// outcome has the same rows in all tables. Runs whose folders are gone are taken from the old file
// where that can be read.
// The new file is made beside the old one, checked and synced, and takes its name at once; the old
// one is kept as a backup. Whatever fails before that is an Error with nothing changed. A file of
// another program or of a newer sslx is refused: Error(kInput).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sslx::record {

struct Rebuilt {
  size_t runs = 0;                 ///< Taken in from their folders.
  size_t plans = 0;                ///< That the record has now.
  size_t from_old = 0;             ///< Runs that only the old file had.
  std::filesystem::path backup;    ///< What the old file is called now; empty: there was none.
  std::vector<std::string> notes;  ///< What could not be taken in, a sentence each.
};

Rebuilt rebuild(const std::filesystem::path& database);

}  // namespace sslx::record
