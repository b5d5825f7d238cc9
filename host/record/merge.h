// Takes what another record holds into this one. It is there so that runs of several machines stand
// in one table. The outcome does not depend on the order of merging, and merging again changes
// nothing: what both have must be the same, and where one knows less of a run (it was lost there),
// the other's is kept. Runs that have not ended are left out.
// One transaction a record; conflicts are an Error(kInput) that names them, with nothing changed.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "host/record/database.h"

namespace sslx::record {

/// What the other record has that this one lacks.
struct MergeNews {
  std::set<std::string> runs;  ///< New, or known in less detail.
  size_t verdicts = 0;
  size_t plans = 0;
  size_t running = 0;  ///< Left out.
  bool is_empty() const { return runs.empty() && verdicts == 0 && plans == 0; }
};

struct MergeOutlook {
  MergeNews news;
  std::vector<std::string> conflicts;  ///< Sentences.
};

/// `copy` is of this schema (copy_database). `runs`: this record's folder of runs; the directory of
/// a run in it is taken over as such.
MergeOutlook merge_outlook(Database& database, const std::filesystem::path& copy,
                           const std::filesystem::path& runs);

/// Merges; `source` is what an Error calls the other record.
MergeNews merge_record(Database& database, const std::filesystem::path& copy,
                       const std::filesystem::path& runs, const std::string& source);

/// Error(kInput) that names the conflicts, unless there are none.
void refuse_conflicts(const std::vector<std::string>& conflicts, const std::string& source);

/// Merges what an earlier merge kept, as its line "merged" in runs/record.jsonl says, in a record
/// that is made again. Error(kSystem) when the file is gone or changed.
void merge_kept(Database& database, const std::filesystem::path& runs,
                const nlohmann::json& merged);

/// The folder of a run that lies elsewhere now.
void move_run(Database& database, const std::string& run, const std::filesystem::path& directory);

/// Removes every other run, and what belongs to none and to no plan, from a copy, but no verdict.
void keep_runs(const std::filesystem::path& copy, const std::set<std::string>& runs);

}  // namespace sslx::record
