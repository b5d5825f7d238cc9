#include "host/record/record_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sslx/error.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const char* const kFile = "record.jsonl";

/// The file, locked for as long as this lives.
class Locked {
 public:
  explicit Locked(const fs::path& file)
      : file_(file),
        descriptor_(open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    int locked = -1;
    while (descriptor_ >= 0 && (locked = flock(descriptor_, LOCK_EX)) != 0 && errno == EINTR) {
    }
    if (locked == 0) return;
    const Error failed = failure();
    if (descriptor_ >= 0) close(descriptor_);
    throw failed;
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;
  ~Locked() { close(descriptor_); }

  /// Behind a line that a crash cut a new one begins.
  void append(std::string line) {
    char last = '\n';
    const off_t size = lseek(descriptor_, 0, SEEK_END);
    if (size > 0 && pread(descriptor_, &last, 1, size - 1) != 1) throw failure();
    if (last != '\n') line.insert(0, 1, '\n');
    for (size_t done = 0; done < line.size();) {
      const ssize_t count = write(descriptor_, line.data() + done, line.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw failure();
      done += static_cast<size_t>(count);
    }
    if (fsync(descriptor_) != 0) throw failure();
  }

 private:
  Error failure() const {
    return Error(ErrorKind::kSystem,
                 fmt::format("{} cannot be written: {}", file_.string(), std::strerror(errno)));
  }
  fs::path file_;
  int descriptor_;
};

}  // namespace

json append_event(const fs::path& runs, const std::string& event, json fields) {
  fields["event"] = event;
  if (!fields.contains("time")) fields["time"] = utc_timestamp();
  std::error_code error;
  fs::create_directories(runs, error);  // where it fails, opening the file says why
  Locked(runs / kFile).append(fields.dump(-1, ' ', false, json::error_handler_t::replace) + '\n');
  return fields;
}

RecordEvents read_events_from(const fs::path& runs, int64_t byte) {
  const auto unreadable = [&] {
    return Error(ErrorKind::kSystem, fmt::format("{} cannot be read: {}", (runs / kFile).string(),
                                                 std::strerror(errno)));
  };
  RecordEvents out;
  errno = 0;
  std::ifstream in(runs / kFile, std::ios::binary | std::ios::ate);
  // One that is there and cannot be opened is not an empty one.
  if (!in && errno != ENOENT && errno != ENOTDIR) throw unreadable();
  const auto size = static_cast<int64_t>(in ? std::streamoff(in.tellg()) : 0);
  out.end = byte > size ? 0 : byte;
  in.seekg(out.end);
  for (std::string line; std::getline(in, line) && !in.eof();) {
    out.end += static_cast<int64_t>(line.size()) + 1;
    json event = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (event.is_object() && event.value("event", json()).is_string()) {
      out.events.push_back(std::move(event));
      out.ends.push_back(out.end);
    }
  }
  if (in.bad()) throw unreadable();
  return out;
}

std::vector<json> read_events(const fs::path& runs) { return read_events_from(runs, 0).events; }

}  // namespace sslx::record
