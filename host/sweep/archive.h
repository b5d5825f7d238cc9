// A .tar.zst file, written and read member by member (libarchive). It is there so that what a
// bundle holds is judged in one place, apart from how archives are made: reading follows nothing,
// writes nothing, and knows no other format. A file that cannot be read, is cut or is none is
// Error(kInput); one that cannot be written Error(kSystem).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct archive;

namespace sslx::sweep {

class ArchiveWriter {
 public:
  explicit ArchiveWriter(const std::filesystem::path& file);
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  ~ArchiveWriter();
  void add(const std::string& name, std::string_view bytes);
  void add_file(const std::string& name, const std::filesystem::path& file);
  /// All is in the file and on the disk.
  void finish();

 private:
  void begin(const std::string& name, uint64_t bytes);
  void write(std::string_view bytes);
  void check(int64_t code) const;

  std::filesystem::path file_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

struct ArchiveMember {
  std::string name;
  uint64_t bytes = 0;    ///< As its header says.
  bool is_file = false;  ///< A regular one: no folder, link or device.
};

class ArchiveReader {
 public:
  explicit ArchiveReader(const std::filesystem::path& file);
  /// Nothing at the end.
  std::optional<ArchiveMember> next();
  /// Hands the member's bytes on in parts.
  void read(const std::function<void(std::string_view)>& take);

 private:
  void check(int64_t code) const;

  std::filesystem::path file_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace sslx::sweep
