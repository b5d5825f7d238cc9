#include "host/data/prepare.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <mutex>

#include "host/data/decode.h"
#include "host/data/formats.h"
#include "host/data/jpeg/jpeg.h"
#include "host/data/parallel.h"
#include "host/data/path_text.h"
#include "host/data/whole_file.h"

namespace sslx::data {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& bytes) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (!failed && write_whole(file, [&](std::ofstream& out) { out << bytes; })) return;
  throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written", path_text(file)),
              "The disk may be full, or the folder not writable.");
}

/// The bytes to write for a file's: a header that can be read is asked of every image.
std::string prepared(const fs::path& file, const std::string& bytes, bool& rewritten) {
  const Image header = read_header(bytes);
  if (!header.error.empty()) broken(file, header.error);
  rewritten = is_jpeg(bytes);
  if (!rewritten) return bytes;
  std::string error;
  std::string out = with_restarts(bytes, error);
  if (!error.empty()) broken(file, error);
  return out;
}

}  // namespace

Prepared prepare_file(const fs::path& file, const fs::path& target) {
  std::string bytes;
  if (!read_bytes(file, bytes)) broken(file, "the file cannot be read");
  bool rewritten = false;
  const std::string made = prepared(file, bytes, rewritten);
  write(target, made);
  return {rewritten ? 1 : 0, rewritten ? 0 : 1, 0, static_cast<int64_t>(bytes.size()),
          static_cast<int64_t>(made.size())};
}

Prepared prepare_folder(const DataSpec& spec, const fs::path& out) {
  const FolderFiles found = folder_files(spec);
  const fs::path inside =
      fs::weakly_canonical(out).lexically_relative(fs::weakly_canonical(spec.path));
  if (!inside.empty() && *inside.begin() != "..") {
    throw input_error(
        fmt::format("{} is the folder itself or in it; OUT must be another place", path_text(out)));
  }
  Prepared sum{.left_out = found.left_out};
  std::mutex mutex;
  on_all_cores(found.files.size(), [&](size_t i) {
    const fs::path& file = found.files[i].file;
    const fs::path target = out / file.lexically_relative(spec.path);
    const Prepared one = fs::exists(target) ? Prepared{0, 0, 1, 0, 0} : prepare_file(file, target);
    const std::lock_guard lock(mutex);
    sum.rewritten += one.rewritten;
    sum.copied += one.copied;
    sum.present += one.present;
    sum.bytes_before += one.bytes_before;
    sum.bytes_after += one.bytes_after;
  });
  return sum;
}

}  // namespace sslx::data
