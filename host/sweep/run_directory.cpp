#include "host/sweep/run_directory.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <random>

#include "host/sweep/journal_tail.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Error failure(const fs::path& file) {
  return Error(ErrorKind::kSystem,
               fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
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

void write_durably(const fs::path& file, const std::string& bytes) {
  const fs::path temporary = file.string() + ".tmp";
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw failure(file);
  const bool written = write_all(descriptor, bytes) && fsync(descriptor) == 0;
  const int error = errno;
  const bool closed = close(descriptor) == 0;
  if (written && closed && rename(temporary.c_str(), file.c_str()) == 0) {
    sync_folder(file.parent_path());
    return;
  }
  if (!written) errno = error;
  const Error failed = failure(file);
  unlink(temporary.c_str());
  throw failed;
}

bool Outcome::is_failure() const {
  return state != "completed" && state != "collapsed" && state != "diverged" &&
         state != "interrupted";
}

void write_exit(const fs::path& directory, const Outcome& outcome) {
  const json text{{"state", outcome.state},         {"message", outcome.message},
                  {"exit_code", outcome.exit_code}, {"signal", outcome.signal},
                  {"seconds", outcome.seconds},     {"finished", utc_now()}};
  write_durably(directory / "exit.json",
                text.dump(-1, ' ', false, json::error_handler_t::replace) + '\n');
}

void finish_abandoned(const fs::path& directory) {
  if (fs::exists(directory / "exit.json")) return;
  Outcome outcome{"lost", "the command that ran it ended before it did", 0, 0, 0};
  if (const auto finished = finished_event(directory / "journal.jsonl")) {
    outcome.state = finished->at("state").get<std::string>();
    outcome.message = finished->value("message", "");
    outcome.seconds = finished->value("seconds", 0.0);
  }
  write_exit(directory, outcome);
}

}  // namespace sslx::sweep
