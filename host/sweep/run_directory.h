// A run's own folder: runs/<run id>/ with request.json, journal.jsonl, host.log and exit.json.
// Files are written whole: to a temporary name, synced, renamed. Failing to write is Error(kRun)
// where the folder itself is at fault (gone, no rights), else Error(kSystem).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace sslx::sweep {

/// "20260131-235959-0a1b2c": UTC and six random digits.
std::string new_run_id();

/// ISO 8601, UTC, milliseconds.
std::string utc_now();

/// Makes a folder and those above it.
void make_folder(const std::filesystem::path& folder);

/// Writes a file so that it is there whole or not at all.
void write_durably(const std::filesystem::path& file, const std::string& bytes);

/// The reason of a run that had too little memory.
inline const char* const kOutOfMemory = "oom";
/// Of one that lost a process on another machine.
inline const char* const kPeer = "peer";
/// Of one whose device, or what drives it, failed.
inline const char* const kDevice = "device";

/// How a run ended.
struct Outcome {
  std::string state;    ///< One of record::run_states(), but running.
  std::string message;  ///< One sentence; empty when all is well.
  int exit_code = 0;
  int signal = 0;
  double seconds = 0;
  std::string reason = {};  ///< A name for why it has no result: "oom", "SIGSEGV", "exception".

  /// Neither a result nor an interruption; that a training diverged is one, too, and as final.
  bool is_failure() const;
};

void write_exit(const std::filesystem::path& directory, const Outcome& outcome);

/// Ends the record of a run that nobody watches any more: exit.json from the journal's last line,
/// or "lost". Does nothing when the run has one already; one that is none is kept aside.
void finish_abandoned(const std::filesystem::path& directory);

/// Renames a file of the run to FILE.damaged, so that nothing goes by it; returns the new name.
std::filesystem::path keep_aside(const std::filesystem::path& file);

/// The journal is kept aside, and a result that exit.json had by it is none.
void distrust_journal(const std::filesystem::path& directory, const std::string& damage);

/// Removes what a host that was killed was writing: files beside which it would have been renamed.
void remove_temporaries(const std::filesystem::path& directory);

}  // namespace sslx::sweep
