#include "host/weights/safetensors.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "host/weights/safetensors_header.h"

namespace sslx::train {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, torch::ScalarType>& types() {
  static const std::map<std::string, torch::ScalarType> table{
      {"F64", torch::kFloat64}, {"F32", torch::kFloat32}, {"BF16", torch::kBFloat16},
      {"F16", torch::kFloat16}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
      {"I16", torch::kInt16},   {"I8", torch::kInt8},     {"U8", torch::kUInt8},
      {"BOOL", torch::kBool}};
  return table;
}

std::string type_name(torch::ScalarType type) {
  for (const auto& [name, known] : types()) {
    if (known == type) return name;
  }
  throw Error(ErrorKind::kSystem,
              fmt::format("tensors of type {} cannot be saved", torch::toString(type)));
}

std::string_view bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

/// Their order in the file.
std::vector<std::string> by_width(const State& state) {
  std::vector<std::string> out;
  for (const auto& [name, tensor] : state) out.push_back(name);
  std::ranges::stable_sort(out, std::ranges::greater(),
                           [&](const std::string& name) { return state.at(name).itemsize(); });
  return out;
}

/// The header: eight bytes of length, then JSON, padded with spaces so that the data is aligned.
std::string header(const State& state, const Metadata& metadata) {
  nlohmann::json json = nlohmann::json::object();
  if (!metadata.empty()) json["__metadata__"] = metadata;
  size_t offset = 0;
  for (const std::string& name : by_width(state)) {
    const torch::Tensor& tensor = state.at(name);
    json[name] = {{"dtype", type_name(tensor.scalar_type())},
                  {"shape", tensor.sizes().vec()},
                  {"data_offsets", {offset, offset + tensor.nbytes()}}};
    offset += tensor.nbytes();
  }
  std::string text = json.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

State state_by(const torch::nn::Module& module,
               const std::function<torch::Tensor(const torch::Tensor&)>& take) {
  State out;
  for (const auto& item : module.named_parameters()) out[item.key()] = take(item.value());
  for (const auto& item : module.named_buffers()) out[item.key()] = take(item.value());
  return out;
}

/// False, with errno, when it cannot be said that a file or a folder is on the disk.
bool synced(const fs::path& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool done = ::fsync(descriptor) == 0;
  const int reason = errno;
  ::close(descriptor);
  errno = reason;
  return done;
}

torch::Tensor read_tensor(std::ifstream& in, const TensorEntry& entry, const std::string& file) {
  torch::Tensor out = torch::empty(entry.shape, types().at(entry.dtype));
  auto* bytes = static_cast<char*>(out.data_ptr());
  const size_t count = entry.end - entry.begin;
  in.read(bytes, static_cast<std::streamsize>(count));
  if (!in) throw input_error(fmt::format("{}: tensor '{}' cannot be read whole", file, entry.name));
  const auto is_truth = [](char byte) { return byte == 0 || byte == 1; };
  if (entry.dtype == "BOOL" && !std::all_of(bytes, bytes + count, is_truth)) {
    throw input_error(fmt::format("{}: tensor '{}' is BOOL and has bytes that are neither 0 nor 1",
                                  file, entry.name));
  }
  return out;
}

}  // namespace

State module_state(const torch::nn::Module& module) {
  return state_by(module, [](const torch::Tensor& tensor) {
    return tensor.detach().to(torch::kCPU).contiguous();
  });
}

torch::Tensor copied(const torch::Tensor& tensor) {
  const auto options = torch::TensorOptions(tensor.scalar_type()).device(torch::kCPU);
  return torch::empty(tensor.sizes(), options).copy_(tensor.detach());
}

State copied_state(const torch::nn::Module& module) {
  const torch::NoGradGuard guard;
  return state_by(module, copied);
}

std::string state_digest(const State& state) {
  Sha256 digest;
  for (const auto& [name, tensor] : state) {
    digest.update(fmt::format("{}\n{}\n{}\n", name, type_name(tensor.scalar_type()),
                              fmt::join(tensor.sizes(), ",")));
    digest.update(bytes_of(tensor));
  }
  return digest.hex();
}

void write_safetensors(const State& state, const fs::path& file, const Metadata& metadata,
                       bool durable) {
  const fs::path temporary = file.string() + ".part";
  std::error_code failed;
  errno = 0;
  std::ofstream out(temporary, std::ios::binary);
  if (out) out << header(state, metadata);
  for (const std::string& name : by_width(state)) {
    if (out) out << bytes_of(state.at(name));
  }
  if (out) out.close();
  bool whole = static_cast<bool>(out) && (!durable || synced(temporary, O_WRONLY));
  if (whole) fs::rename(temporary, file, failed);
  if (whole && !failed) whole = !durable || synced(file.parent_path(), O_RDONLY | O_DIRECTORY);
  const int reason = errno;
  if (whole && !failed) return;
  const std::string why = failed ? failed.message() : std::strerror(reason);
  out.close();
  fs::remove(temporary, failed);
  throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written: {}", file.string(), why));
}

TensorFile read_safetensors(const fs::path& file) {
  OpenSafetensors opened = open_safetensors(file);
  TensorFile out{{}, std::move(opened.header.metadata)};
  for (const TensorEntry& entry : opened.header.tensors) {
    out.tensors[entry.name] = read_tensor(opened.in, entry, file.string());
  }
  return out;
}

}  // namespace sslx::train
