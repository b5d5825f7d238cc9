// A shared library's bytes as ELF sections, without loading it. What the dynamic linker would map
// is checked to lie within the file, since a library that was cut short ends the process that
// loads it. Throws Error(kPlugin) with a reason that does not name the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

struct Elf;

namespace sslx {

class ElfFile {
 public:
  /// Checks that `bytes`, which must outlive this, is a whole 64-bit shared library for this
  /// machine.
  explicit ElfFile(std::string_view bytes);
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ~ElfFile();

  /// The bytes of the section of that name, or nothing.
  std::optional<std::string_view> section(std::string_view name) const;

 private:
  std::string_view bytes_;
  Elf* elf_;
};

}  // namespace sslx
