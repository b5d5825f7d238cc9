#include "host/weights/npy.h"

#include <fmt/ranges.h>
#include <sslx/error.h>

#include <cerrno>
#include <cstring>

#include "host/data/whole_file.h"

namespace sslx::train {
namespace {

/// Padded with spaces so that the data begin at a multiple of 64 bytes, as numpy.lib.format says.
std::string header(const torch::Tensor& tensor) {
  const char* type = tensor.scalar_type() == torch::kInt64 ? "<i8" : "<f4";
  std::string text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({},), }}",
                                 type, fmt::join(tensor.sizes(), ", "));
  if (tensor.dim() > 1) text.erase(text.rfind(",)"), 1);
  const std::string magic("\x93NUMPY\x01\x00", 8);
  const size_t whole = (magic.size() + 2 + text.size() + 1 + 63) / 64 * 64;
  text.resize(whole - magic.size() - 2 - 1, ' ');
  text += '\n';
  const auto length = static_cast<uint16_t>(text.size());
  return magic + static_cast<char>(length & 0xff) + static_cast<char>(length >> 8) + text;
}

}  // namespace

void write_npy(const torch::Tensor& tensor, const std::filesystem::path& file) {
  TORCH_CHECK(tensor.scalar_type() == torch::kFloat32 || tensor.scalar_type() == torch::kInt64);
  const torch::Tensor array = tensor.contiguous();
  const bool written = data::write_whole(file, [&](std::ofstream& out) {
    out << header(array);
    out.write(static_cast<const char*>(array.const_data_ptr()),
              static_cast<std::streamsize>(array.nbytes()));
  });
  if (!written) {
    throw Error(ErrorKind::kSystem,
                fmt::format("{} cannot be written: {}", file.string(), std::strerror(errno)));
  }
}

}  // namespace sslx::train
