#include "host/record/compress.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <zlib.h>

namespace sslx::record {
namespace {

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

/// Ends a stream whatever happens to its reader.
class Inflate {
 public:
  explicit Inflate(std::string_view zlib) {
    stream_.next_in = const_cast<Bytef*>(bytes_of(zlib));
    stream_.avail_in = static_cast<uInt>(zlib.size());
    begun_ = inflateInit(&stream_) == Z_OK;
  }
  Inflate(const Inflate&) = delete;
  Inflate& operator=(const Inflate&) = delete;
  ~Inflate() {
    if (begun_) inflateEnd(&stream_);
  }

  /// zlib's code of one call that fills `room` bytes at most; `got` is how many.
  int read(char* out, size_t room, size_t& got) {
    if (!begun_) return Z_MEM_ERROR;
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    got = room - stream_.avail_out;
    return code;
  }

 private:
  z_stream stream_{};
  bool begun_ = false;
};

}  // namespace

std::string compressed(std::string_view text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  const int code = compress2(reinterpret_cast<Bytef*>(out.data()), &size, bytes_of(text),
                             text.size(), Z_BEST_COMPRESSION);
  if (code != Z_OK) {
    throw Error(ErrorKind::kSystem, fmt::format("text cannot be compressed: {}", zError(code)));
  }
  out.resize(size);
  return out;
}

std::string expanded(std::string_view zlib, size_t at_most) {
  Inflate in(zlib);
  std::string out;
  int code = Z_OK;
  while (code == Z_OK) {
    std::string block(size_t{64} << 10, '\0');
    size_t got = 0;
    code = in.read(block.data(), block.size(), got);
    out.append(block, 0, got);
    if (out.size() > at_most) break;
  }
  if (code == Z_STREAM_END && out.size() <= at_most) return out;
  throw Error(ErrorKind::kSystem,
              out.size() > at_most
                  ? fmt::format("compressed text holds more than {} bytes", at_most)
                  : fmt::format("compressed text is damaged: {}", zError(code)));
}

}  // namespace sslx::record
