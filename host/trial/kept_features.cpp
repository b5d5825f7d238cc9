#include "host/trial/kept_features.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include "host/weights/safetensors.h"

namespace sslx::train {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const char* const kFile = "features.safetensors";

}  // namespace

std::string features_key(const json& config, const std::string& weights_sha256) {
  const json& evaluate = config.at("evaluate");
  return sha256_hex(json{{"weights", weights_sha256},
                         {"data", evaluate.value("data", config.at("data"))},
                         {"method", config.at("method")},
                         {"backbone", config.at("backbone")},
                         {"ops", evaluate.at("ops")},
                         {"batch_size", evaluate.at("batch_size")}}
                        .dump());
}

std::optional<ProbedFeatures> find_features(const fs::path& directory, const std::string& key,
                                            int64_t train_images, int64_t test_images) {
  if (directory.empty() || !fs::exists(directory / kFile)) return std::nullopt;
  try {
    TensorFile file = read_safetensors(directory / kFile);
    State& tensors = file.tensors;
    const bool whole = file.metadata["key"] == key && tensors.contains("train") &&
                       tensors.contains("test") && tensors.at("train").size(0) == train_images &&
                       tensors.at("test").size(0) == test_images &&
                       file.metadata["sha256"] == state_digest(tensors);
    if (!whole) return std::nullopt;
    return ProbedFeatures{tensors.at("train"), tensors.at("test")};
  } catch (const Error&) {
    return std::nullopt;  // as if there were none: they are computed then
  }
}

void keep_features(const ProbedFeatures& features, const std::string& key,
                   const fs::path& directory, Journal& journal) {
  const auto bytes = static_cast<int64_t>(features.train.nbytes() + features.test.nbytes());
  if (bytes > kMostKeptFeatureBytes) return;
  const State state{{"train", features.train.contiguous()}, {"test", features.test.contiguous()}};
  try {
    write_safetensors(state, directory / kFile, {{"key", key}, {"sha256", state_digest(state)}});
    journal.write("features", {{"file", kFile}, {"key", key}});
  } catch (const Error& error) {
    journal.write("warning",
                  {{"message", fmt::format("the features are not kept: {}", error.what())}});
  }
}

}  // namespace sslx::train
