#include "host/sweep/litter.h"

#include <algorithm>

#include "host/record/journal_lines.h"
#include "host/sweep/claims.h"
#include "host/sweep/file_age.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;

template <typename Wanted>
void collect(const fs::path& folder, Wanted wanted, std::vector<fs::path>& out) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (wanted(at->path())) out.push_back(at->path());
  }
}

bool is_temporary(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".tmp") || name.ends_with(".part") || name.starts_with(".copy-") ||
         name.ends_with(".tmp-journal");
}

/// "20260131-235959-0a1b2c"
bool is_run_name(const std::string& name) {
  return name.size() == 22 && name[8] == '-' && name[15] == '-' &&
         std::ranges::all_of(name.substr(0, 8), [](char c) { return c >= '0' && c <= '9'; });
}

void look_at_run(const fs::path& folder, fs::file_time_type now, Litter& out) {
  std::error_code error;
  if (!is_run_name(folder.filename().string()) || !fs::is_directory(folder, error)) return;
  std::vector<fs::path> files;
  collect(
      folder, [](const fs::path&) { return true; }, files);
  const bool only_temporaries = std::ranges::all_of(files, is_temporary);
  if (only_temporaries && is_old(folder, now)) out.folders.push_back(folder);
  if (!fs::is_regular_file(folder / "exit.json", error)) return;  // someone may be writing
  std::ranges::copy_if(files, std::back_inserter(out.files), is_temporary);
}

}  // namespace

Litter find_litter(const fs::path& home) {
  Litter out;
  const fs::path runs = home / "runs";
  for (const std::string& trial : claimed_trials(runs / "claims")) {
    if (is_unclaimed(home, trial)) out.claims.push_back(trial);
  }
  const auto now = now_in(runs);
  const auto old_temporary = [now](const fs::path& file) {
    return is_temporary(file) && is_old(file, now);
  };
  for (const char* folder : {"", "plans", "plugins", "merged", "differences"}) {
    collect(runs / folder, old_temporary, out.files);
  }
  collect(home / "results", old_temporary, out.files);
  std::vector<fs::path> folders;
  collect(
      runs, [](const fs::path&) { return true; }, folders);
  std::ranges::sort(folders);
  for (const fs::path& folder : folders) look_at_run(folder, now, out);
  return out;
}

void remove_litter(const Litter& litter) {
  std::error_code stays;
  for (const fs::path& file : litter.files) fs::remove(file, stays);
  for (const fs::path& folder : litter.folders) fs::remove_all(folder, stays);
}

bool is_unclaimed(const fs::path& home, const std::string& trial) {
  const fs::path runs = home / "runs";
  BeatWatch watch(runs / "executors", Claims::kExpiry);
  const std::optional<Holder> holder = last_holder(runs / "claims", trial);
  return !holder || is_dead(*holder, watch);
}

}  // namespace sslx::sweep
