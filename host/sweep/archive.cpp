#include "host/sweep/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sslx/error.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "host/record/whole_file.h"

// libarchive has a table of all its writers, through which the linker would take in those, and
// their libraries, that a .tar.zst is not.
extern "C" {
int archive_write_set_format_7zip(archive*) { return ARCHIVE_FATAL; }
int archive_write_set_format_iso9660(archive*) { return ARCHIVE_FATAL; }
int archive_write_set_format_mtree(archive*) { return ARCHIVE_FATAL; }
int archive_write_set_format_mtree_classic(archive*) { return ARCHIVE_FATAL; }
int archive_write_set_format_warc(archive*) { return ARCHIVE_FATAL; }
int archive_write_set_format_xar(archive*) { return ARCHIVE_FATAL; }
int archive_write_set_format_zip(archive*) { return ARCHIVE_FATAL; }
}

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;
using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

constexpr size_t kBlock = size_t{1} << 16;
constexpr size_t kPart = size_t{1} << 20;

std::string reason_of(archive* archive) {
  const char* text = archive_error_string(archive);
  return text == nullptr ? "it is no .tar.zst" : text;
}

}  // namespace

ArchiveWriter::ArchiveWriter(const fs::path& file)
    : file_(file), archive_(archive_write_new(), archive_write_free) {
  check(archive_write_set_format_pax_restricted(archive_.get()));
  check(archive_write_add_filter_zstd(archive_.get()));
  check(archive_write_open_filename(archive_.get(), file.c_str()));
}

ArchiveWriter::~ArchiveWriter() = default;

/// No times and no owners: the same members make the same bytes.
void ArchiveWriter::begin(const std::string& name, uint64_t bytes) {
  const Entry entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  check(archive_write_header(archive_.get(), entry.get()));
}

void ArchiveWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const la_ssize_t written = archive_write_data(archive_.get(), bytes.data(), bytes.size());
    check(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void ArchiveWriter::add(const std::string& name, std::string_view bytes) {
  begin(name, bytes.size());
  write(bytes);
}

void ArchiveWriter::add_file(const std::string& name, const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const uint64_t bytes = fs::file_size(file);
  begin(name, bytes);
  std::string part(kPart, '\0');
  uint64_t left = bytes;
  while (left > 0 &&
         in.read(part.data(), static_cast<std::streamsize>(std::min<uint64_t>(left, kPart)))) {
    write({part.data(), static_cast<size_t>(in.gcount())});
    left -= static_cast<uint64_t>(in.gcount());
  }
  if (left == 0) return;
  throw Error(ErrorKind::kSystem,
              fmt::format("{} cannot be read, or changed meanwhile", file.string()));
}

void ArchiveWriter::finish() {
  check(archive_write_close(archive_.get()));
  if (record::sync_file(file_)) return;
  throw Error(ErrorKind::kSystem,
              fmt::format("{} cannot be written: {}", file_.string(), std::strerror(errno)));
}

void ArchiveWriter::check(int64_t code) const {
  if (code >= ARCHIVE_OK) return;
  throw Error(ErrorKind::kSystem,
              fmt::format("{} cannot be written: {}", file_.string(), reason_of(archive_.get())));
}

ArchiveReader::ArchiveReader(const fs::path& file)
    : file_(file), archive_(archive_read_new(), archive_read_free) {
  check(archive_read_support_filter_zstd(archive_.get()));
  check(archive_read_support_format_tar(archive_.get()));
  check(archive_read_open_filename(archive_.get(), file.c_str(), kBlock));
  if (archive_filter_code(archive_.get(), 0) == ARCHIVE_FILTER_ZSTD) return;
  throw input_error(fmt::format("{} is no bundle: it is no .tar.zst", file.string()));
}

std::optional<ArchiveMember> ArchiveReader::next() {
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(archive_.get(), &entry);
  if (code == ARCHIVE_EOF) return std::nullopt;
  check(code);
  const char* name = archive_entry_pathname(entry);
  const bool plain =
      archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr &&
      archive_entry_sparse_count(entry) == 0 && archive_entry_size_is_set(entry) != 0;
  return ArchiveMember{name == nullptr ? "" : name,
                       static_cast<uint64_t>(archive_entry_size(entry)), plain};
}

void ArchiveReader::read(const std::function<void(std::string_view)>& take) {
  std::string part(kPart, '\0');
  for (;;) {
    const la_ssize_t got = archive_read_data(archive_.get(), part.data(), part.size());
    check(got);
    if (got == 0) return;
    take({part.data(), static_cast<size_t>(got)});
  }
}

void ArchiveReader::check(int64_t code) const {
  if (code >= ARCHIVE_OK) return;
  throw input_error(
      fmt::format("{} is no whole bundle: {}", file_.string(), reason_of(archive_.get())));
}

}  // namespace sslx::sweep
