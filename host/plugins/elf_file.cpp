#include "host/plugins/elf_file.h"

#include <elf.h>
#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>
#include <sslx/error.h>

#include <cstring>

#include "host/plugins/refusal.h"

namespace sslx {
namespace {

#if defined(__x86_64__)
constexpr int kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int kMachine = EM_AARCH64;
#else
#error "sslx does not know this machine's ELF number"
#endif

[[noreturn]] void refuse_truncated() {
  refuse("it is cut short or damaged; build or copy it again");
}

Elf64_Ehdr checked_header(std::string_view bytes) {
  if (bytes.empty()) refuse("it is empty");
  if (bytes.substr(0, SELFMAG) != std::string_view(ELFMAG, SELFMAG)) {
    refuse(std::string_view(ELFMAG, SELFMAG).starts_with(bytes) ? "it is cut short"
                                                                : "it is no shared library");
  }
  Elf64_Ehdr header;
  if (bytes.size() < sizeof(header)) refuse_truncated();
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != kMachine) {
    refuse("it was built for another machine");
  }
  if (header.e_type != ET_DYN) refuse("it is no shared library");
  return header;
}

void check_within(std::string_view bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) refuse_truncated();
}

void check_segments(std::string_view bytes, const Elf64_Ehdr& header) {
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) refuse_truncated();
  check_within(bytes, header.e_phoff, uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  for (size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + header.e_phoff + i * sizeof(segment), sizeof(segment));
    check_within(bytes, segment.p_offset, segment.p_filesz);
  }
}

void check_sections(std::string_view bytes, const Elf64_Ehdr& header) {
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0) refuse_truncated();
  check_within(bytes, header.e_shoff, uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  if (header.e_shstrndx >= header.e_shnum) refuse_truncated();
  for (size_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + header.e_shoff + i * sizeof(section), sizeof(section));
    if (section.sh_type != SHT_NOBITS) check_within(bytes, section.sh_offset, section.sh_size);
  }
}

}  // namespace

ElfFile::ElfFile(std::string_view bytes) : bytes_(bytes), elf_(nullptr) {
  const Elf64_Ehdr header = checked_header(bytes);
  check_segments(bytes, header);
  check_sections(bytes, header);
  elf_version(EV_CURRENT);
  // libelf only reads an image in the machine's own byte order, in spite of its signature.
  elf_ = elf_memory(const_cast<char*>(bytes.data()), bytes.size());
  if (elf_ == nullptr || elf_kind(elf_) != ELF_K_ELF) {
    elf_end(elf_);
    refuse_truncated();
  }
}

ElfFile::~ElfFile() { elf_end(elf_); }

std::optional<std::string_view> ElfFile::section(std::string_view name) const {
  size_t names = 0;
  if (elf_getshdrstrndx(elf_, &names) != 0) refuse_truncated();
  for (Elf_Scn* scn = elf_nextscn(elf_, nullptr); scn != nullptr; scn = elf_nextscn(elf_, scn)) {
    GElf_Shdr header;
    if (gelf_getshdr(scn, &header) == nullptr || header.sh_type != SHT_PROGBITS) continue;
    const char* found = elf_strptr(elf_, names, header.sh_name);
    if (found == nullptr || name != found) continue;
    check_within(bytes_, header.sh_offset, header.sh_size);
    return bytes_.substr(header.sh_offset, header.sh_size);
  }
  return std::nullopt;
}

}  // namespace sslx
