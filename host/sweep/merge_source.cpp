#include "host/sweep/merge_source.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>
#include <map>

#include "host/record/ingest.h"
#include "host/record/journal_lines.h"
#include "host/record/record_journal.h"
#include "host/record/take_in.h"
#include "host/sweep/run_copy.h"
#include "host/sweep/run_directory.h"
#include "host/sweep/staging.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

bool is_a_folder(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder, error);
}

/// Where a source has its database and its runs; either may be missing.
struct Place {
  fs::path database;
  fs::path runs;
};

bool has_run_folders(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (is_plain_file(at->path() / "request.json")) return true;
  }
  return false;
}

Place place_of(const fs::path& source) {
  if (is_plain_file(source)) return {source, {}};
  if (!is_a_folder(source)) {
    throw input_error(fmt::format("{}: there is no such file or folder", source.string()),
                      "give a database, a home or its folder of runs");
  }
  Place out{source / "results" / "sslx.db", source / "runs"};
  if (!is_a_folder(out.runs) && has_run_folders(source)) {
    const fs::path beside = fs::absolute(source / "").lexically_normal().parent_path();
    out = {beside.parent_path() / "results" / "sslx.db", source};
  }
  if (!is_plain_file(out.database)) out.database.clear();
  if (!is_a_folder(out.runs)) out.runs.clear();
  if (!out.database.empty() || !out.runs.empty()) return out;
  throw input_error(fmt::format("{} is no home and no folder of runs", source.string()),
                    "a home has results/sslx.db and runs/");
}

class Merge {
 public:
  Merge(record::Database& database, const MergeOptions& options)
      : database_(database),
        options_(options),
        name_(options.name.empty() ? options.source.string() : options.name),
        runs_(fs::absolute(options.runs).lexically_normal()),
        place_(place_of(options.source)),
        staging_(runs_, "merge"),
        copy_(staging_.folder() / "copy.db") {}

  MergedSource run() {
    refuse_itself();
    make_copy();
    const record::MergeOutlook outlook = record::merge_outlook(database_, copy_, runs_);
    std::vector<std::string> conflicts = outlook.conflicts;
    for (const std::string& id : outlook.news.runs) add_contradiction(id, conflicts);
    record::refuse_conflicts(conflicts, name_);
    out_.news = outlook.news;
    out_.news.running += running_;
    if (outlook.news.is_empty()) return std::move(out_);
    copy_folders();
    keep_rest();
    record::merge_record(database_, copy_, runs_, name_);
    return std::move(out_);
  }

 private:
  void refuse_itself() const {
    std::error_code error;
    const bool same = fs::equivalent(place_.database, database_.file(), error) ||
                      fs::equivalent(place_.runs, runs_, error);
    if (same) throw input_error(fmt::format("{} is this home itself", name_));
  }

  void make_copy() {
    if (place_.database.empty()) {
      const record::Database made(copy_);
    } else {
      record::copy_database(place_.database, copy_);
    }
    find_folders();
    if (!folders_.empty()) forget_runs_with_folders();
    record::Database copy(copy_, record::Access::kRead);
    for (auto at = folders_.begin(); at != folders_.end();) {
      at = ingest(copy, at->first, at->second) ? std::next(at) : folders_.erase(at);
    }
    if (place_.runs.empty()) return;
    for (const std::string& note : record::take_in_events_of(place_.runs, copy)) {
      out_.notes.push_back(note);
    }
  }

  /// The runs that have ended, apart from those that are here already as they are there.
  void find_folders() {
    const std::map<std::string, record::KnownRun> known = record::known_runs(database_);
    std::error_code error;
    for (fs::directory_iterator at(place_.runs, error), end; !error && at != end;
         at.increment(error)) {
      const fs::path& folder = at->path();
      const std::string id = folder.filename().string();
      if (!is_plain_file(folder / "request.json")) continue;
      if (!is_plain_file(folder / "exit.json")) {
        ++running_;
      } else if (known.contains(id) && is_same_run(runs_ / id, folder)) {
        same_.insert(id);
      } else {
        folders_.emplace(id, folder);
      }
    }
  }

  /// Of a run whose journal is there, that is the truth, and not what the database says.
  void forget_runs_with_folders() {
    std::set<std::string> rest;
    {
      record::Database copy(copy_, record::Access::kRead);
      for (const auto& [id, run] : record::known_runs(copy)) {
        if (!folders_.contains(id) && !same_.contains(id)) rest.insert(id);
      }
    }
    record::keep_runs(copy_, rest);
  }

  bool ingest(record::Database& copy, const std::string& id, const fs::path& folder) {
    try {
      const json request = record::read_object(folder / "request.json");
      if (record::text_or(request, "run") != id) {
        throw Error(ErrorKind::kRun, fmt::format("its request names another run"));
      }
      record::ingest_run(copy, folder);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kRun) throw;
      out_.notes.push_back(fmt::format("run {} is left out: {}", id, error.what()));
      return false;
    }
    record::move_run(copy, id, runs_ / id);
    return true;
  }

  void add_contradiction(const std::string& id, std::vector<std::string>& conflicts) const {
    const auto folder = folders_.find(id);
    if (folder == folders_.end()) return;
    const std::string why = contradiction(runs_ / id, folder->second);
    if (!why.empty()) conflicts.push_back(fmt::format("run {}: {}", id, why));
  }

  void copy_folders() {
    for (const auto& [id, folder] : folders_) {
      if (!out_.news.runs.contains(id)) continue;
      copy_run(folder, runs_ / id, staging_.folder(), options_.weights);
      ++out_.folders;
    }
  }

  /// What no journal under runs/ says, for when the record is made again.
  void keep_rest() {
    std::set<std::string> rest;
    for (const std::string& id : out_.news.runs) {
      if (!folders_.contains(id)) rest.insert(id);
    }
    if (rest.empty() && out_.news.plans == 0 && out_.news.verdicts == 0) return;
    const fs::path kept = staging_.folder() / "kept.db";
    record::copy_database(copy_, kept);
    record::keep_runs(kept, rest);
    const std::string sha256 = sha256_file(kept);
    const fs::path file = fs::path("merged") / (sha256 + ".db");
    std::error_code error;
    fs::rename(kept, runs_ / file, error);
    if (error) {
      throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}",
                                                  (runs_ / file).string(), error.message()));
    }
    record::append_event(runs_, "merged",
                         {{"source", name_}, {"sha256", sha256}, {"file", file.string()}});
  }

  record::Database& database_;
  const MergeOptions& options_;
  std::string name_;
  fs::path runs_;
  Place place_;
  Staging staging_;
  fs::path copy_;
  std::map<std::string, fs::path> folders_;  ///< By run.
  std::set<std::string> same_;               ///< Runs that are here already.
  size_t running_ = 0;
  MergedSource out_;
};

}  // namespace

MergedSource merge_source(record::Database& database, const MergeOptions& options) {
  return Merge(database, options).run();
}

}  // namespace sslx::sweep
