#include "host/train/snapshot.h"

#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

namespace sslx::train {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const char* const kFacts = "facts";
const char* const kDigest = "sha256";

std::string digest_of(const State& tensors, const std::string& facts) {
  return sha256_hex(state_digest(tensors) + '\n' + facts);
}

}  // namespace

void Snapshot::put(const std::string& prefix, const State& state) {
  for (const auto& [name, tensor] : state) tensors[prefix + name] = tensor;
}

State Snapshot::under(const std::string& prefix) const {
  State out;
  for (auto at = tensors.lower_bound(prefix); at != tensors.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    out[at->first.substr(prefix.size())] = at->second;
  }
  return out;
}

void write_snapshot(const Snapshot& snapshot, const fs::path& file) {
  const std::string facts = snapshot.facts.dump();
  const Metadata metadata{{kFacts, facts}, {kDigest, digest_of(snapshot.tensors, facts)}};
  write_safetensors(snapshot.tensors, file, metadata, /*durable=*/true);
}

Snapshot read_snapshot(const fs::path& file) {
  TensorFile read = read_safetensors(file);
  const std::string& facts = read.metadata[kFacts];
  if (read.metadata[kDigest] != digest_of(read.tensors, facts)) {
    throw input_error(fmt::format("{}: its content is not what was written", file.string()));
  }
  return {std::move(read.tensors), json::parse(facts)};
}

State random_state(torch::Device device) {
  State out{{"cpu", random_state(at::detail::getDefaultCPUGenerator())}};
  if (!device.is_cpu()) {
    out[c10::DeviceTypeName(device.type(), /*lower_case=*/true)] =
        random_state(at::globalContext().defaultGenerator(device));
  }
  return out;
}

void set_random_state(torch::Device device, const State& state) {
  set_random_state(at::detail::getDefaultCPUGenerator(), state.at("cpu"));
  if (!device.is_cpu()) {
    set_random_state(at::globalContext().defaultGenerator(device),
                     state.at(c10::DeviceTypeName(device.type(), /*lower_case=*/true)));
  }
}

torch::Tensor random_state(const torch::Generator& generator) {
  if (!generator.defined()) return {};
  torch::Generator one = generator;
  const std::lock_guard lock(one.mutex());
  return one.get_state();
}

void set_random_state(torch::Generator generator, const torch::Tensor& state) {
  const std::lock_guard lock(generator.mutex());
  generator.set_state(state);
}

}  // namespace sslx::train
