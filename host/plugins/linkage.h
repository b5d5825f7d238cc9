// What a program or library asks of the dynamic linker, read without loading it: the libraries that
// it names and the folders of its run path. Nothing for what is no ELF file, as a script.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sslx {

struct Linkage {
  std::vector<std::string> needed;              ///< "libtorch_cpu.so"
  std::vector<std::filesystem::path> run_path;  ///< With the file's own folder for $ORIGIN.
};

Linkage read_linkage(const std::filesystem::path& file);

}  // namespace sslx
