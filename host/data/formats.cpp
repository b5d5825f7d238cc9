#include "host/data/formats.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <zlib.h>

#include <algorithm>
#include <map>
#include <memory>
#include <span>

#include "host/data/data_error.h"
#include "host/data/path_text.h"

namespace sslx::data {

void broken(const std::filesystem::path& file, const std::string& what) {
  throw DataError(fmt::format("{}: {}", path_text(file), what));
}

std::filesystem::path existing(const DataSpec& spec, const std::string& name) {
  const std::filesystem::path file = spec.path / name;
  std::error_code failed;
  if (std::filesystem::exists(file, failed)) return file;
  const std::map<std::string, const char*> hints{
      {"fashion-mnist", "Debian's package dataset-fashion-mnist brings it."},
      {"folder", "Images that lie otherwise, without classes, are data.name = \"images\"."}};
  const auto hint = hints.find(spec.name);
  throw input_error(
      fmt::format("data set '{}': {} is not there; data.path must be the folder that holds it",
                  spec.name, path_text(file)),
      hint == hints.end() ? "" : hint->second);
}

std::vector<KnownFile> set_files(const DataSpec& spec) {
  const auto files = [&] {
    if (spec.name == "pack") return pack_files(spec);
    if (spec.name == "stl10") return stl10_files(spec);
    if (spec.name == "cifar10" || spec.name == "cifar100") return cifar_files(spec);
    return idx_files(spec);
  };
  std::vector<KnownFile> out;
  for (const std::filesystem::path& file : files()) {
    out.push_back({file, state_of(file)});
    if (!out.back().state) broken(file, "it is no regular file");
  }
  return out;
}

std::string read_whole(const std::filesystem::path& file, size_t limit) {
  std::string out = read_start(file, limit + 1);
  if (out.size() > limit) broken(file, fmt::format("the file holds more than {} bytes", limit));
  return out;
}

namespace {

/// Calls `use` with one block after the other of the first `count` bytes.
template <typename Use>
void for_each_block(const std::filesystem::path& file, size_t count, Use use) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> in(gzopen(file.c_str(), "rb"), gzclose);
  if (!in) broken(file, "the file cannot be read");
  std::vector<char> block(1 << 18);
  for (size_t done = 0; done < count;) {
    const size_t wanted = std::min(block.size(), count - done);
    const int got = gzread(in.get(), block.data(), static_cast<unsigned>(wanted));
    if (got < 0) broken(file, "the file is damaged: its gzip data do not unpack");
    if (got == 0) break;
    use(std::span(block.data(), static_cast<size_t>(got)));
    done += static_cast<size_t>(got);
  }
  int code = Z_OK;
  gzerror(in.get(), &code);
  if (code == Z_BUF_ERROR) broken(file, "the file is truncated: its gzip data end too soon");
}

}  // namespace

std::string read_start(const std::filesystem::path& file, size_t count) {
  std::string out;
  for_each_block(file, count,
                 [&](std::span<const char> block) { out.append(block.data(), block.size()); });
  return out;
}

std::vector<uint8_t> read_after(const std::filesystem::path& file, size_t skip, size_t count) {
  std::vector<uint8_t> out;
  out.reserve(count);  // Pages that nothing is written to take no memory.
  for_each_block(file, skip + count, [&](std::span<const char> block) {
    const size_t left = std::min(skip, block.size());
    skip -= left;
    out.insert(out.end(), block.begin() + static_cast<std::ptrdiff_t>(left), block.end());
  });
  return out;
}

}  // namespace sslx::data
