#include "host/sweep/recovery.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <unistd.h>

#include <algorithm>

#include "host/record/journal_lines.h"
#include "host/record/run_folders.h"
#include "host/sweep/ended_runs.h"
#include "host/sweep/file_age.h"
#include "host/sweep/process.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const Outcome kFolderGone{"lost", "its folder is gone, or its request.json", 0, 0, 0};

/// Sorted, so that attempts are counted in the order in which they began.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    out.push_back(at->path());
  }
  std::ranges::sort(out);
  return out;
}

bool is_file(const fs::path& file) {
  std::error_code error;
  return fs::is_regular_file(fs::symlink_status(file, error));
}

bool is_settled(const std::map<std::string, record::KnownRun>& known, const std::string& run) {
  const auto found = known.find(run);
  return found != known.end() && found->second.state != "running" && found->second.state != "lost";
}

/// Files of a process that was killed while it copied; younger ones may be someone's.
void remove_old_copies(const fs::path& store) {
  std::vector<fs::path> copies = entries(store);
  std::erase_if(
      copies, [](const fs::path& file) { return !file.filename().string().starts_with(".copy-"); });
  if (copies.empty()) return;
  const auto now = now_in(store);
  for (const fs::path& file : copies) {
    std::error_code stays;
    if (is_old(file, now)) fs::remove(file, stays);
  }
}

class Recoverer {
 public:
  Recoverer(const fs::path& home, RunRecord& record, Recovery& out)
      : home_(home), record_(record), out_(out) {}

  void settle_claims(Claims& claims) {
    for (const std::string& trial : claimed_trials(claims.folder())) {
      std::optional<Claim> claim = claims.take(trial);
      if (claim && recover_claim(*claim, home_, record_, out_)) claim->release();
    }
  }

  /// The record of a run that nobody works on; false when it is not complete afterwards.
  bool settle(const fs::path& directory) {
    const std::string run = directory.filename().string();
    const bool ended = is_file(directory / "exit.json");
    if (!ended) kill_marked(mark_of(home_ / "runs", run));
    if (!has_request(directory)) {
      record_.end(run, kFolderGone);
      remove_temporaries(directory);
      std::error_code holds_more;
      fs::remove(directory, holds_more);  // It had not begun.
      return true;
    }
    try {
      keep_aside_unless_file(directory / "journal.jsonl");
      finish_abandoned(directory);
      note_ended(directory);
      const std::string damage = record::journal_damage(directory);
      if (!damage.empty()) {
        distrust_journal(directory, damage);
        out_.notes.push_back(
            fmt::format("run {} is damaged and will be run again: {}; the journal "
                        "is kept beside it",
                        run, damage));
      }
      record_.ingest(directory);
      remove_temporaries(directory);
      if (!ended) ++out_.ended;
      return true;
    } catch (const Error& error) {
      out_.notes.push_back(fmt::format("run {} is not taken in: {}", run, error.what()));
      if (error.kind() == ErrorKind::kRun) {
        record_.end(run, {"lost", error.what(), 0, 0, 0});
        return true;
      }
      if (trouble_ == error.what()) throw;  // Not of one run's files, but of the record.
      trouble_ = error.what();
      return false;
    }
  }

  void settle_folders(Claims& claims) {
    const auto known = record_.known();
    for (const fs::path& directory : record::run_folders(home_ / "runs")) {
      const std::string run = directory.filename().string();
      if (is_settled(known, run) || !has_request(directory)) continue;
      const std::string trial = trial_of(directory);
      with_claim(claims, trial, [&] { return settle(directory); });
    }
  }

  /// Runs that count as running and have no folder any more.
  void end_without_folder(Claims& claims) {
    for (const auto& [run, one] : record_.known()) {
      if (one.state != "running" || is_file(home_ / "runs" / run / "request.json")) continue;
      const bool ended = with_claim(claims, one.trial, [&, &run = run] {
        record_.end(run, kFolderGone);
        return true;
      });
      if (ended) ++out_.ended;
    }
  }

 private:
  /// A request that is none is kept aside: the folder is then no run's any more.
  bool has_request(const fs::path& directory) {
    const fs::path file = directory / "request.json";
    if (!is_file(file)) return false;
    try {
      const json request = record::read_object(file);
      if (request.value("run", json()).is_string()) return true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kRun || access(file.c_str(), R_OK) != 0) return true;
    }
    const fs::path aside = keep_aside(file);
    out_.notes.push_back(fmt::format("run {} is left out: its request is damaged, and kept as {}",
                                     directory.filename().string(), aside.string()));
    return false;
  }

  static void keep_aside_unless_file(const fs::path& file) {
    if (fs::exists(fs::symlink_status(file)) && !is_file(file)) keep_aside(file);
  }

  static std::string trial_of(const fs::path& directory) {
    try {
      return record::text_or(record::read_object(directory / "request.json"), "trial");
    } catch (const Error&) {
      return "";
    }
  }

  /// Does the work unless someone works on the trial.
  template <typename Work>
  bool with_claim(Claims& claims, const std::string& trial, Work work) {
    if (trial.empty() || trial.find('/') != std::string::npos) return work();
    try {
      std::optional<Claim> claim = claims.take(trial);
      if (!claim) return false;
      const bool done = work();
      if (done) claim->release();
      return done;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kRun) throw;
      out_.notes.emplace_back(error.what());
      return false;
    }
  }

  const fs::path& home_;
  RunRecord& record_;
  Recovery& out_;
  std::string trouble_;  ///< The last that may pass, or be everybody's.
};

}  // namespace

bool recover_claim(const Claim& claim, const fs::path& home, RunRecord& record,
                   Recovery& recovery) {
  const std::string run = run_of(claim.text());
  return run.empty() || Recoverer(home, record, recovery).settle(home / "runs" / run);
}

Recovery recover_abandoned(const fs::path& home, RunRecord& record) {
  Recovery out;
  const size_t before = record.known().size();
  Claims claims(home / "runs");
  claims.remove_litter();
  Recoverer recoverer(home, record, out);
  recoverer.settle_claims(claims);
  recoverer.settle_folders(claims);
  recoverer.end_without_folder(claims);
  remove_old_copies(home / "runs" / "plugins");
  out.taken_in = record.known().size() - before;
  return out;
}

size_t count_unrecorded(const fs::path& home,
                        const std::map<std::string, record::KnownRun>& known) {
  const std::vector<fs::path> folders = record::run_folders(home / "runs");
  return static_cast<size_t>(std::ranges::count_if(folders, [&](const fs::path& folder) {
    return !known.contains(folder.filename().string());
  }));
}

}  // namespace sslx::sweep
