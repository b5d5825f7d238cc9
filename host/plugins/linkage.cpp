#include "host/plugins/linkage.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <sstream>
#include <string_view>

namespace sslx {
namespace {

namespace fs = std::filesystem;

/// An ELF file that is open to be read; none when it is no such file.
class OpenElf {
 public:
  explicit OpenElf(const fs::path& file) : descriptor_(open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    elf_version(EV_CURRENT);
    if (descriptor_ >= 0) elf_ = elf_begin(descriptor_, ELF_C_READ, nullptr);
  }
  OpenElf(const OpenElf&) = delete;
  OpenElf& operator=(const OpenElf&) = delete;
  ~OpenElf() {
    elf_end(elf_);
    if (descriptor_ >= 0) close(descriptor_);
  }
  Elf* get() const { return elf_; }

 private:
  int descriptor_;
  Elf* elf_ = nullptr;
};

std::vector<fs::path> folders_of(const std::string& run_path, const fs::path& origin) {
  std::vector<fs::path> out;
  std::istringstream entries(run_path);
  for (std::string entry; std::getline(entries, entry, ':');) {
    for (const std::string_view name : {"${ORIGIN}", "$ORIGIN"}) {
      if (entry.starts_with(name)) entry.replace(0, name.size(), origin.string());
    }
    if (!entry.empty()) out.emplace_back(entry);
  }
  return out;
}

void read_dynamic(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, const fs::path& origin,
                  Linkage& out) {
  Elf_Data* data = elf_getdata(section, nullptr);
  GElf_Dyn entry;
  for (int i = 0; data != nullptr && gelf_getdyn(data, i, &entry) != nullptr; ++i) {
    const bool leads = entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH;
    if (!leads && entry.d_tag != DT_NEEDED) continue;
    const char* text = elf_strptr(elf, header.sh_link, entry.d_un.d_val);
    if (text == nullptr) continue;
    if (leads) {
      out.run_path = folders_of(text, origin);
    } else {
      out.needed.emplace_back(text);
    }
  }
}

}  // namespace

Linkage read_linkage(const fs::path& file) {
  Linkage out;
  const OpenElf elf(file);
  std::error_code error;
  const fs::path origin = fs::canonical(file, error).parent_path();
  for (Elf_Scn* scn = elf_nextscn(elf.get(), nullptr); scn != nullptr;
       scn = elf_nextscn(elf.get(), scn)) {
    GElf_Shdr header;
    if (gelf_getshdr(scn, &header) != nullptr && header.sh_type == SHT_DYNAMIC) {
      read_dynamic(elf.get(), scn, header, origin, out);
    }
  }
  return out;
}

}  // namespace sslx
