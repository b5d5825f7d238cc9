#include "host/sweep/claims.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <limits>
#include <utility>

#include "host/record/journal_lines.h"
#include "host/sweep/process.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Error failure(const fs::path& file, const char* what) {
  return Error(record::fault_of(errno),
               fmt::format("{} cannot be {}: {}", file.string(), what, std::strerror(errno)));
}

/// Whether the descriptor is still the file of that name: its holder may have released it between
/// our opening and our locking.
bool is_current(int descriptor, const fs::path& file) {
  struct stat held {};
  struct stat named {};
  return fstat(descriptor, &held) == 0 && stat(file.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

bool is_regular(int descriptor) {
  struct stat held {};
  return fstat(descriptor, &held) == 0 && S_ISREG(held.st_mode);
}

}  // namespace

Claim::Claim(fs::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}

Claim::Claim(Claim&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Claim::~Claim() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::optional<Claim> Claim::take(const fs::path& file) {
  while (true) {
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW;
    const int descriptor = open(file.c_str(), flags, 0644);
    if (descriptor < 0) throw failure(file, "taken as a claim");
    Claim claim(file, descriptor);
    if (!is_regular(descriptor)) {
      throw Error(ErrorKind::kRun,
                  fmt::format("{} is no claim, but no file either: remove it", file.string()));
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      if (errno == EINTR) continue;
      throw failure(file, "locked");
    }
    if (is_current(descriptor, file)) return claim;
  }
}

json Claim::text() const { return read_claim(file_); }

void Claim::write(const json& text) {
  const std::string bytes = text.dump() + '\n';
  const bool written =
      ftruncate(descriptor_, 0) == 0 &&
      pwrite(descriptor_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
  if (!written) throw failure(file_, "written");
}

void Claim::release() {
  unlink(file_.c_str());
  close(std::exchange(descriptor_, -1));
}

json read_claim(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(file, error))) return json::object();
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  json out = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return out.is_object() ? out : json::object();
}

std::string run_of(const json& claim) {
  const json run = claim.value("run", json());
  if (!run.is_string()) return "";
  auto name = run.get<std::string>();
  return name == "." || name == ".." || name.find('/') != std::string::npos ? "" : name;
}

bool is_alive(const json& process) {
  if (!process.is_object()) return false;
  const json pid = process.value("pid", json());
  const json start = process.value("start", json());
  if (!pid.is_number_unsigned() || !start.is_number_unsigned()) return false;
  const auto number = pid.get<uint64_t>();
  if (number < 2 || number > uint64_t{std::numeric_limits<pid_t>::max()}) return false;
  return start != 0U && process_start(static_cast<pid_t>(number)) == start;
}

}  // namespace sslx::sweep
