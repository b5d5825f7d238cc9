#include "host/sweep/heartbeat.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "host/machine/host_name.h"
#include "host/record/journal_lines.h"
#include "host/record/whole_file.h"
#include "host/sweep/claims.h"
#include "host/sweep/file_age.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::chrono::seconds kBeat{1};

/// SSLX_BOOT_ID stands in for it where a test pretends to be another machine.
std::string boot_id() {
  if (const char* given = std::getenv("SSLX_BOOT_ID")) return given;
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  in >> id;
  return id;
}

/// Opened anew, so that a network file system asks its server.
int64_t last_change(const fs::path& folder) {
  struct stat status {};
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  const bool known = fstat(descriptor, &status) == 0;
  close(descriptor);
  return known ? status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec : 0;
}

std::string whole_text(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

json own_executor() {
  std::random_device random;
  return {{"id", fmt::format("{:08x}{:08x}", random(), random())},
          {"boot", boot_id()},
          {"machine", machine::host_name()},
          {"pid", getpid()},
          {"start", process_start(getpid())}};
}

bool is_on_this_machine(const json& executor) {
  return executor.is_object() && record::text_or(executor, "boot") == boot_id();
}

Heartbeat::Heartbeat(fs::path folder, const json& executor)
    : folder_(std::move(folder)),
      executor_(executor),
      file_(folder_ / record::text_or(executor, "id")) {
  make_folder(folder_);
  write_beat(0);
  folder_changed_ = last_change(folder_);
  thread_ = std::thread([this] { beat(); });
}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  end_.notify_all();
  thread_.join();
  unlink(file_.c_str());
}

void Heartbeat::beat() {
  std::unique_lock lock(mutex_);
  for (int64_t count = 1; !end_.wait_for(lock, kBeat, [this] { return over_; }); ++count) {
    write_beat(count);
  }
}

/// Closed each time, so that a network file system hands it on.
void Heartbeat::write_beat(int64_t count) const {
  json text = executor_;
  text["beat"] = count;
  const std::string bytes = fmt::format("{}{:>20}\n", text.dump(), "");
  const int descriptor = open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return;
  static_cast<void>(record::write_from_start(descriptor, bytes));
  close(descriptor);
}

bool Heartbeat::has_company() {
  bool company = false;
  std::error_code error;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    company = company || at->path() != file_;
  }
  const int64_t changed = last_change(folder_);
  company = company || changed != folder_changed_;
  folder_changed_ = changed;
  return company;
}

bool BeatWatch::is_gone(const json& executor) {
  const std::string id = executor.is_object() ? record::text_or(executor, "id") : "";
  if (id.empty() || id.find('/') != std::string::npos) return false;  // of before there were beats
  const std::string text = whole_text(folder_ / id);
  std::error_code unknown;
  if (text.empty() && !fs::exists(folder_ / id, unknown) && !unknown) return true;
  const auto now = Clock::now();
  Seen& seen = seen_[id];
  if (seen.text != text) seen = {text, now};
  return now - seen.since > expiry_;
}

void Heartbeat::remove_dead() const {
  std::error_code error;
  const auto now = fs::last_write_time(file_, error);
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    const json executor = read_claim(at->path());
    const bool dead = is_on_this_machine(executor) && !is_alive(executor);
    std::error_code stays;
    if (dead || is_old(at->path(), now)) fs::remove(at->path(), stays);
  }
}

}  // namespace sslx::sweep
