#include "host/record/journal.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>

namespace sslx::train {
namespace {

Error disk_error(const std::filesystem::path& path, const char* what) {
  return Error(ErrorKind::kSystem,
               fmt::format("{} cannot be {}: {}", path.string(), what, std::strerror(errno)));
}

nlohmann::json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

}  // namespace

std::string timestamp() {
  const auto now = std::chrono::system_clock::now();
  const auto whole = std::chrono::floor<std::chrono::seconds>(now);
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(now - whole).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03d}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), millis);
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

Journal::Journal(const std::filesystem::path& file)
    : file_(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644)),
      path_(file) {
  if (file_ < 0) throw disk_error(path_, "created");
}

Journal::~Journal() {
  if (file_ >= 0) ::close(file_);
}

void Journal::write(const std::string& event, nlohmann::json fields) {
  fields["event"] = event;
  fields["line"] = line_++;
  if (path_.empty()) return;
  fields["time"] = timestamp();
  const std::string text =
      fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(file_, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw disk_error(path_, "written");
    done += static_cast<size_t>(count);
  }
}

void Journal::metric(int64_t step, int64_t epoch, const std::map<std::string, double>& values) {
  nlohmann::json fields{{"step", step}, {"epoch", epoch}, {"values", nlohmann::json::object()}};
  for (const auto& [name, value] : values) {
    fields["values"][name] = number(value);
    last_values_[name] = value;
  }
  last_step_ = step;
  write("metric", std::move(fields));
}

void Journal::sync() {
  if (::fsync(file_) != 0) throw disk_error(path_, "kept on the disk");
}

}  // namespace sslx::train
