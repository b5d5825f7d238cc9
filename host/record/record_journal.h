// runs/record.jsonl: what the record holds beside the runs themselves (plans, verdicts on runs that
// were made again, what was merged), one line of JSON each. A line is appended and synced before
// the database has what it says, so that the database can be made again from runs/ alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::record {

/// Appends one line: the fields, with "event" and "time" (UTC, unless the fields have it) added.
/// Several processes may write at once. Returns the line as it stands. Throws Error(kSystem).
nlohmann::json append_event(const std::filesystem::path& runs, const std::string& event,
                            nlohmann::json fields);

struct RecordEvents {
  std::vector<nlohmann::json> events;
  std::vector<int64_t> ends;  ///< The byte behind the line of each.
  int64_t end = 0;            ///< The byte behind the last whole line.
};

/// The whole lines from that byte on; all when the file is shorter, being another one then. What is
/// no JSON object with an "event" (a line that a crash cut) is passed over. None when there is no
/// file; Error(kSystem) when there is one that cannot be read, which says nothing of what it holds.
RecordEvents read_events_from(const std::filesystem::path& runs, int64_t byte);

/// All whole lines in order; what is no JSON object with an "event" (a line that a crash cut) is
/// passed over. None when there is no file; Error(kSystem) as above.
std::vector<nlohmann::json> read_events(const std::filesystem::path& runs);

}  // namespace sslx::record
