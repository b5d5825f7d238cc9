#include "host/train/safetensors.h"

#include <fmt/ranges.h>
#include <sslx/digest.h>
#include <sslx/error.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace sslx::train {
namespace {

const char* type_name(torch::ScalarType type) {
  switch (type) {
    case torch::kFloat64:
      return "F64";
    case torch::kFloat32:
      return "F32";
    case torch::kBFloat16:
      return "BF16";
    case torch::kFloat16:
      return "F16";
    case torch::kInt64:
      return "I64";
    case torch::kInt32:
      return "I32";
    case torch::kUInt8:
      return "U8";
    case torch::kBool:
      return "BOOL";
    default:
      throw Error(ErrorKind::kSystem,
                  fmt::format("tensors of type {} cannot be saved", torch::toString(type)));
  }
}

std::string_view bytes_of(const torch::Tensor& tensor) {
  return {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()};
}

/// The header: eight bytes of length, then JSON, padded with spaces so that the data is aligned.
std::string header(const std::map<std::string, torch::Tensor>& state) {
  nlohmann::json json = nlohmann::json::object();
  size_t offset = 0;
  for (const auto& [name, tensor] : state) {
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

}  // namespace

std::map<std::string, torch::Tensor> module_state(const torch::nn::Module& module) {
  std::map<std::string, torch::Tensor> out;
  for (const auto& item : module.named_parameters()) {
    out[item.key()] = item.value().detach().to(torch::kCPU).contiguous();
  }
  for (const auto& item : module.named_buffers()) {
    out[item.key()] = item.value().detach().to(torch::kCPU).contiguous();
  }
  return out;
}

std::string state_digest(const std::map<std::string, torch::Tensor>& state) {
  Sha256 digest;
  for (const auto& [name, tensor] : state) {
    digest.update(fmt::format("{}\n{}\n{}\n", name, type_name(tensor.scalar_type()),
                              fmt::join(tensor.sizes(), ",")));
    digest.update(bytes_of(tensor));
  }
  return digest.hex();
}

void write_safetensors(const std::map<std::string, torch::Tensor>& state,
                       const std::filesystem::path& file) {
  const std::filesystem::path temporary = file.string() + ".part";
  {
    std::ofstream out(temporary, std::ios::binary);
    out << header(state);
    for (const auto& [name, tensor] : state) out << bytes_of(tensor);
    out.flush();
    if (!out) {
      throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written", temporary.string()));
    }
  }
  std::filesystem::rename(temporary, file);
}

}  // namespace sslx::train
