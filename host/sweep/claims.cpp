#include "host/sweep/claims.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <utility>

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Error failure(const fs::path& file, const char* what) {
  return Error(ErrorKind::kSystem,
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

}  // namespace

Claim::Claim(fs::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}

Claim::Claim(Claim&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

Claim::~Claim() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::optional<Claim> Claim::take(const fs::path& file) {
  while (true) {
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) throw failure(file, "opened");
    Claim claim(file, descriptor);
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
      pwrite(descriptor_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()) &&
      fsync(descriptor_) == 0;
  if (!written) throw failure(file_, "written");
}

void Claim::release() {
  unlink(file_.c_str());
  close(std::exchange(descriptor_, -1));
}

json read_claim(const fs::path& file) {
  std::ifstream in(file);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  json out = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return out.is_object() ? out : json::object();
}

}  // namespace sslx::sweep
