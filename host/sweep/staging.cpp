#include "host/sweep/staging.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

#include "host/sweep/run_directory.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = ".staging-";

/// The process that ".staging-PURPOSE-PID" is of; 0 for other names.
pid_t owner_of(const std::string& name) {
  pid_t pid = 0;
  if (!name.starts_with(kBegin)) return pid;
  const char* number = name.data() + name.rfind('-') + 1;
  std::from_chars(number, name.data() + name.size(), pid);
  return pid;
}

void remove_abandoned_staging(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const pid_t pid = owner_of(at->path().filename().string());
    std::error_code stays;
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(at->path(), stays);
  }
}

}  // namespace

Staging::Staging(const fs::path& runs, const std::string& purpose)
    : folder_(runs / "merged" / fmt::format("{}{}-{}", kBegin, purpose, getpid())) {
  remove_abandoned_staging(folder_.parent_path());
  make_folder(folder_);
}

Staging::~Staging() {
  std::error_code stays;
  std::filesystem::remove_all(folder_, stays);
}

}  // namespace sslx::sweep
