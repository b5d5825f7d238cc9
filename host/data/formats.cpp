#include "host/data/formats.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "host/data/path_text.h"

namespace sslx::data {

void broken(const std::filesystem::path& file, const std::string& what) {
  throw input_error(fmt::format("{}: {}", path_text(file), what));
}

std::filesystem::path existing(const DataSpec& spec, const std::string& name) {
  const std::filesystem::path file = spec.path / name;
  std::error_code failed;
  if (std::filesystem::exists(file, failed)) return file;
  throw input_error(
      fmt::format("data set '{}': {} is not there; data.path must be the folder that holds it",
                  spec.name, path_text(file)),
      spec.name == "fashion-mnist" ? "Debian's package dataset-fashion-mnist brings it." : "");
}

std::vector<std::filesystem::path> set_files(const DataSpec& spec) {
  if (spec.name == "pack") return pack_files(spec);
  if (spec.name == "stl10") return stl10_files(spec);
  if (spec.name == "cifar10" || spec.name == "cifar100") return cifar_files(spec);
  return idx_files(spec);
}

std::string read_whole(const std::filesystem::path& file, size_t limit) {
  std::string out = read_start(file, limit + 1);
  if (out.size() > limit) broken(file, fmt::format("the file holds more than {} bytes", limit));
  return out;
}

std::string read_start(const std::filesystem::path& file, size_t count) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (!in) broken(file, "the file cannot be read");
  std::string out;
  std::vector<char> block(1 << 18);
  while (out.size() < count) {
    const size_t wanted = std::min(block.size(), count - out.size());
    const int got = gzread(in.get(), block.data(), static_cast<unsigned>(wanted));
    if (got < 0) broken(file, "the file is damaged: its gzip data do not unpack");
    if (got == 0) break;
    out.append(block.data(), static_cast<size_t>(got));
  }
  int code = Z_OK;
  gzerror(in.get(), &code);
  if (code == Z_BUF_ERROR) broken(file, "the file is truncated: its gzip data end too soon");
  return out;
}

}  // namespace sslx::data
