#include "host/record/rebuild.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/record/home.h"
#include "host/record/ingest.h"
#include "host/record/old_runs.h"
#include "host/record/run_folders.h"
#include "host/record/sql.h"
#include "host/record/take_in.h"
#include "host/record/whole_file.h"

namespace sslx::record {
namespace {

namespace fs = std::filesystem;

Error failure(const fs::path& file, const char* what) {
  return Error(ErrorKind::kSystem,
               fmt::format("{} cannot be {}: {}", file.string(), what, std::strerror(errno)));
}

/// The old file, open; null when there is none or it cannot be read, which is a note.
std::unique_ptr<Database> open_old(const fs::path& file, Rebuilt& out) {
  std::error_code error;
  if (!fs::exists(file, error)) return nullptr;
  try {
    auto old = std::make_unique<Database>(file, Access::kRead);
    const std::vector<std::string> faults = old->faults();
    if (!faults.empty()) throw Error(ErrorKind::kSystem, faults.front());
    adopt_plans(*old);
    return old;
  } catch (const LockedError&) {
    throw;
  } catch (const Error& why) {
    if (why.kind() == ErrorKind::kInput) throw;
    out.notes.push_back(
        fmt::format("the old file is not read ({}): a run without a folder is lost", why.what()));
    return nullptr;
  }
}

void take_in_runs(Database& database, Rebuilt& out) {
  for (const fs::path& folder : run_folders(database.runs())) {
    try {
      ingest_run(database, folder);
      ++out.runs;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kRun) throw;
      out.notes.push_back(
          fmt::format("run {} is not taken in: {}", folder.filename().string(), error.what()));
    }
  }
}

void fill(const fs::path& file, const fs::path& old, Rebuilt& out) {
  Database database(file);
  database.sync_nothing();
  take_in_runs(database, out);
  if (!old.empty()) out.from_old = copy_old_runs(database, old);
  const std::vector<std::string> notes = take_in_events(database);
  out.notes.insert(out.notes.end(), notes.begin(), notes.end());
  if (!old.empty()) copy_old_facts(database, old);
  if (fs::exists(database.runs() / "home")) {
    static_cast<void>(home_id(database, database.runs()));
  }
  database.read([&](Connection& handle) {
    out.plans = static_cast<size_t>(handle.execAndGet("SELECT count(*) FROM plan").getInt64());
  });
  const std::vector<std::string> faults = database.faults();
  if (faults.empty()) return;
  throw Error(ErrorKind::kSystem,
              fmt::format("the database that was made anew is not sound: {}", faults.front()));
}

fs::path backup_name(const fs::path& file) {
  fs::path out = file.string() + ".before-rebuild";
  for (int i = 2; fs::exists(fs::symlink_status(out)); ++i) {
    out = fmt::format("{}.before-rebuild-{}", file.string(), i);
  }
  return out;
}

/// The old file keeps a name at every moment. What SQLite has beside it goes with it, or it would
/// be taken for the new one's.
fs::path exchange(const fs::path& made, const fs::path& file) {
  const fs::path backup = backup_name(file);
  const bool was_there = fs::exists(fs::symlink_status(file));
  if (was_there && link(file.c_str(), backup.c_str()) != 0) throw failure(backup, "made");
  for (const char* suffix : {"-journal", "-wal", "-shm"}) {
    const std::string beside = file.string() + suffix;
    const std::string kept = backup.string() + suffix;
    if (rename(beside.c_str(), kept.c_str()) != 0 && errno != ENOENT) throw failure(kept, "made");
  }
  if (rename(made.c_str(), file.c_str()) != 0) throw failure(file, "replaced");
  sync_folder(file.parent_path());
  return was_there ? backup : fs::path();
}

}  // namespace

Rebuilt rebuild(const fs::path& file) {
  Rebuilt out;
  const fs::path made = fmt::format("{}.{}.tmp", file.string(), getpid());
  const auto work = [&](const fs::path& old) {
    fill(made, old, out);
    if (!sync_file(made)) throw failure(made, "kept on the disk");
    out.backup = exchange(made, file);
  };
  try {
    const std::unique_ptr<Database> old = open_old(file, out);
    if (old != nullptr) {
      old->write([&](Connection&) { work(file); });  // nobody writes to it meanwhile
    } else {
      work("");
    }
  } catch (...) {
    std::error_code stays;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      fs::remove(made.string() + suffix, stays);
    }
    throw;
  }
  return out;
}

}  // namespace sslx::record
