// Takes into the database what runs/record.jsonl has beyond what it took in before: so that the
// database is what that file and the runs' journals say, in whatever order commands wrote them, and
// a second database that shares runs/ has the same. What a line names and is not there is passed
// over, and told.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/record/sweeps.h"

namespace sslx::record {

/// A plan at hand, so that its file is not read.
struct KnownPlan {
  std::string definition;  ///< Its digest.
  const SweepDefinition* sweep = nullptr;
};

/// One transaction, or none when there is nothing new. Returns what could not be taken in, a
/// sentence each.
std::vector<std::string> take_in_events(Database& database, const KnownPlan& known = {});

/// The same into a copy of the record that `runs` belongs to, or into an empty database; of one
/// from before there was a runs/record.jsonl the plans are left to it.
std::vector<std::string> take_in_events_of(const std::filesystem::path& runs, Database& copy);

/// Writes the plans of a database from before there was a runs/record.jsonl into it, once.
void adopt_plans(Database& database);

}  // namespace sslx::record
