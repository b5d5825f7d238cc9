#include "host/record/journal_lines.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sslx/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace sslx::record {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

void check_metric(const json& event) {
  static_cast<void>(event.at("step").get<int64_t>());
  static_cast<void>(event.at("epoch").get<int64_t>());
  for (const auto& [name, value] : event.at("values").items()) number_of(value);
}

void check_result(const json& event) {
  static_cast<void>(event.at("metric").get_ref<const std::string&>());
  static_cast<void>(event.at("fingerprint").get_ref<const std::string&>());
  static_cast<void>(event.at("protocol").get_ref<const json::object_t&>());
  number_of(event.at("value"));
  if (event.contains("predictions")) decode_base64(event["predictions"].get<std::string>());
}

void check_losses(const json& event) {
  static_cast<void>(event.at("stage").get_ref<const std::string&>());
  static_cast<void>(event.at("first").get<int64_t>());
  const std::string bytes = decode_base64(event.at("losses").get_ref<const std::string&>());
  if (bytes.size() % 4 != 0) throw std::invalid_argument("its losses are not float32");
}

void check_event(const json& event, int64_t line) {
  const auto number = event.at("line").get<int64_t>();
  if (number != line) throw std::invalid_argument(fmt::format("its number is {}", number));
  const auto& name = event.at("event").get_ref<const std::string&>();
  static_cast<void>(event.at("time").get_ref<const std::string&>());
  if (name == "metric") check_metric(event);
  if (name == "result") check_result(event);
  if (name == "losses") check_losses(event);
}

std::string damage(const fs::path& file, int64_t line, const std::string& why) {
  return fmt::format("line {} of {} is corrupt: {}", line + 1, file.string(), why);
}

Error unreadable(const fs::path& file) {
  return Error(fault_of(errno),
               fmt::format("{} cannot be read: {}", file.string(), std::strerror(errno)));
}

/// An open regular file; a pipe of that name is not waited for.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& file)
      : file_(file), descriptor_(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status {};
    if (descriptor_ < 0) throw unreadable(file_);
    if (fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode)) return;
    close(descriptor_);
    throw Error(ErrorKind::kRun, fmt::format("{} is no regular file", file_.string()));
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { close(descriptor_); }

  std::string read_from(int64_t byte) const {
    std::string out;
    std::array<char, 1 << 16> buffer{};
    while (true) {
      const ssize_t n =
          pread(descriptor_, buffer.data(), buffer.size(), byte + static_cast<int64_t>(out.size()));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw unreadable(file_);
      if (n == 0) return out;
      out.append(buffer.data(), static_cast<size_t>(n));
    }
  }

 private:
  const fs::path& file_;
  int descriptor_;
};

}  // namespace

double number_of(const json& value) {
  if (!value.is_string()) return value.get<double>();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  throw std::invalid_argument(fmt::format("{} is no number", value.dump()));
}

std::string decode_base64(const std::string& text) {
  const auto padding = std::min<size_t>(2, text.size() - text.find_last_not_of('=') - 1);
  std::string out(text.size() / 4 * 3, '\0');
  const int size = text.empty() || text.size() % 4 == 0
                       ? EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()))
                       : -1;
  if (size < 0 || static_cast<size_t>(size) != out.size() || padding > out.size()) {
    throw std::invalid_argument("its bytes are not base64");
  }
  out.resize(out.size() - padding);
  return out;
}

JournalPart read_journal(const fs::path& file, JournalPosition from) {
  JournalPart out{{}, from, ""};
  std::error_code error;
  if (fs::status(file, error).type() == fs::file_type::not_found) return out;
  const auto size = static_cast<int64_t>(fs::file_size(file, error));
  if (!error && size == from.byte) return out;
  if (!error && size < from.byte) {
    out.error =
        fmt::format("{} has {} bytes; {} were taken over before", file.string(), size, from.byte);
    return out;
  }
  const std::string text = OpenFile(file).read_from(from.byte);
  size_t begin = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    try {
      json event = json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                               text.begin() + static_cast<std::ptrdiff_t>(end));
      check_event(event, out.end.line);
      out.events.push_back(std::move(event));
    } catch (const std::exception& error) {
      out.error = damage(file, out.end.line, plain_reason(error.what()));
      return out;
    }
    begin = end + 1;
    out.end = {out.end.line + 1, from.byte + static_cast<int64_t>(begin)};
  }
  out.torn = begin < text.size();
  return out;
}

json read_object(const fs::path& file) {
  json out = json::parse(OpenFile(file).read_from(0), nullptr, false);
  if (out.is_object()) return out;
  throw Error(ErrorKind::kRun,
              fmt::format("{} is corrupt: it must hold one JSON object", file.string()));
}

ErrorKind fault_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENXIO:
      return ErrorKind::kRun;
    default:
      return ErrorKind::kSystem;
  }
}

std::string text_or(const json& object, const char* key, const char* otherwise) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : otherwise;
}

double number_or(const json& object, const char* key, double otherwise) {
  const auto at = object.find(key);
  return at != object.end() && at->is_number() ? at->get<double>() : otherwise;
}

std::string plain_reason(const std::string& message) {
  const size_t end = message.find("] ");
  return message.starts_with('[') && end != std::string::npos ? message.substr(end + 2) : message;
}

}  // namespace sslx::record
