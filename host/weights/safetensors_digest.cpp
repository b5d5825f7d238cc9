#include "host/weights/safetensors_digest.h"

#include <fmt/ranges.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/weights/safetensors_header.h"

namespace sslx::train {
namespace {

/// Adds the next `bytes` of the stream.
void add(Sha256& digest, std::istream& in, uint64_t bytes, const std::filesystem::path& file) {
  std::string block;
  while (bytes > 0) {
    block.resize(static_cast<size_t>(std::min<uint64_t>(bytes, uint64_t{1} << 20U)));
    if (!in.read(block.data(), static_cast<std::streamsize>(block.size()))) {
      throw input_error(fmt::format("{} cannot be read to its end", file.string()));
    }
    digest.update(block);
    bytes -= block.size();
  }
}

}  // namespace

std::string safetensors_digest(const std::filesystem::path& file) {
  OpenSafetensors open = open_safetensors(file);
  const std::streamoff data = open.in.tellg();
  std::vector<TensorEntry>& tensors = open.header.tensors;
  std::ranges::sort(tensors, {}, &TensorEntry::name);
  Sha256 digest;
  for (const TensorEntry& tensor : tensors) {
    digest.update(
        fmt::format("{}\n{}\n{}\n", tensor.name, tensor.dtype, fmt::join(tensor.shape, ",")));
    open.in.seekg(data + static_cast<std::streamoff>(tensor.begin));
    add(digest, open.in, tensor.end - tensor.begin, file);
  }
  return digest.hex();
}

}  // namespace sslx::train
