#include "host/sweep/run_directory.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sslx/error.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <random>

#include "host/record/journal_lines.h"
#include "host/record/whole_file.h"
#include "host/sweep/journal_tail.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Error failure(const fs::path& file) {
  return Error(record::fault_of(errno),
               fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
}

}  // namespace

std::string new_run_id() {
  std::random_device random;
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y%m%d-%H%M%S}-{:06x}", fmt::gmtime(now), random() & 0xffffffU);
}

std::string utc_now() {
  const auto now = std::chrono::system_clock::now();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms.count() % 1000);
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return;
  throw Error(ErrorKind::kSystem,
              fmt::format("{} cannot be made: {}", folder.string(), error.message()));
}

void write_durably(const fs::path& file, const std::string& bytes) {
  record::write_whole(file, bytes);
}

bool Outcome::is_failure() const {
  return state != "completed" && state != "collapsed" && state != "diverged" &&
         state != "interrupted" && state != "superseded";
}

void write_exit(const fs::path& directory, const Outcome& outcome) {
  const json text{{"state", outcome.state},   {"message", outcome.message},
                  {"reason", outcome.reason}, {"exit_code", outcome.exit_code},
                  {"signal", outcome.signal}, {"seconds", outcome.seconds},
                  {"finished", utc_now()}};
  write_durably(directory / "exit.json",
                text.dump(-1, ' ', false, json::error_handler_t::replace) + '\n');
}

namespace {

bool has_end(const fs::path& directory) {
  try {
    return record::read_object(directory / "exit.json").value("state", json()).is_string();
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void finish_abandoned(const fs::path& directory) {
  if (has_end(directory)) return;
  if (fs::exists(fs::symlink_status(directory / "exit.json"))) keep_aside(directory / "exit.json");
  Outcome outcome{"lost", "the command that ran it ended before it did", 0, 0, 0};
  if (const auto finished = finished_event(directory / "journal.jsonl")) {
    outcome.state = finished->at("state").get<std::string>();
    outcome.message = record::text_or(*finished, "message");
    outcome.seconds = record::number_or(*finished, "seconds", 0);
  }
  write_exit(directory, outcome);
}

fs::path keep_aside(const fs::path& file) {
  fs::path aside = file.string() + ".damaged";
  for (int i = 2; fs::exists(fs::symlink_status(aside)); ++i) {
    aside = fmt::format("{}.damaged-{}", file.string(), i);
  }
  if (rename(file.c_str(), aside.c_str()) != 0 && errno != ENOENT) throw failure(aside);
  return aside;
}

void distrust_journal(const fs::path& directory, const std::string& damage) {
  keep_aside(directory / "journal.jsonl");
  json end = record::read_object(directory / "exit.json");
  const json state = end.value("state", json());
  if (state != "completed" && state != "collapsed") return;
  end["state"] = "failed";
  end["message"] = "its journal is damaged: " + damage;
  write_durably(directory / "exit.json",
                end.dump(-1, ' ', false, json::error_handler_t::replace) + '\n');
}

void remove_temporaries(const fs::path& directory) {
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    const fs::path suffix = at->path().extension();
    std::error_code stays;
    if (suffix == ".part" || suffix == ".tmp") fs::remove(at->path(), stays);
  }
}

}  // namespace sslx::sweep
