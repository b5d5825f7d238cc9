// The header of a safetensors file, checked: every byte of the data belongs to exactly one tensor,
// and every tensor's bytes are those of its type and shape. A file that lies is refused with one
// sentence, Error(kInput), that begins with the file's name; a pickle is never opened. No torch
// here: a sweep is planned with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sslx::train {

struct TensorEntry {
  std::string name;
  std::string dtype;  ///< "F32": one that dtype_size() knows.
  std::vector<int64_t> shape;
  uint64_t begin = 0;  ///< In the data, which follow the header.
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;             ///< In the order of their bytes, without a gap.
  std::map<std::string, std::string> metadata;  ///< `__metadata__`
};

/// Bytes of one element, 0 for a type that sslx does not read.
size_t dtype_size(std::string_view dtype);

/// Checks the header's JSON against the bytes of data that follow it; `file` is for messages.
SafetensorsHeader parse_safetensors_header(std::string_view json, uint64_t data_bytes,
                                           const std::string& file);

/// Reads the header from the beginning of a stream of `file_bytes`, which then stands at the data.
SafetensorsHeader read_safetensors_header(std::istream& in, uint64_t file_bytes,
                                          const std::string& file);

struct OpenSafetensors {
  std::ifstream in;  ///< Stands at the data.
  SafetensorsHeader header;
};

/// Opens a file and reads its header; there must be a regular file.
OpenSafetensors open_safetensors(const std::filesystem::path& file);

}  // namespace sslx::train
