#include "host/sweep/trial.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include <algorithm>

#include "host/data/left_over.h"
#include "host/data/path_text.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

constexpr int64_t kUnlabelledOfStl10 = 100'000;

/// Training images of the known data sets, and their classes.
std::optional<int64_t> training_images(const json& data) {
  static const std::map<std::string, std::pair<int64_t, int64_t>> sizes{
      {"fashion-mnist", {60'000, 10}},
      {"cifar10", {50'000, 10}},
      {"cifar100", {50'000, 100}},
      {"stl10", {5'000, 10}}};
  const auto known = sizes.find(data.value("name", ""));
  if (known == sizes.end()) {
    if (data.contains("train_size")) return data.at("train_size").get<int64_t>();
    return std::nullopt;
  }
  const auto [images, classes] = known->second;
  const auto per_class = data.value("train_per_class", int64_t{0});
  const int64_t labelled = per_class == 0 ? images : std::min(images, per_class * classes);
  return data.value("unlabeled", false) ? labelled + kUnlabelledOfStl10 : labelled;
}

}  // namespace

std::string trial_identity(const json& config, uint64_t seed) {
  return trial_identity_of_text(config.dump(), seed);
}

std::string trial_identity_of_text(const std::string& config, uint64_t seed) {
  return sha256_hex(fmt::format(R"({{"config":{},"seed":{}}})", config, seed));
}

std::string trial_label(const std::string& variant, const json& axes, uint64_t seed) {
  std::string out = variant;
  for (const auto& [path, value] : axes.items()) {
    out +=
        fmt::format(", {}={}", path, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return fmt::format("{}, seed {}", out, seed);
}

json plugins_json(const std::vector<PluginFile>& plugins) {
  json out = json::array();
  for (const PluginFile& plugin : plugins) {
    out.push_back({{"kind", plugin.kind},
                   {"name", plugin.name},
                   {"version", plugin.version},
                   {"file", data::path_text(plugin.file)},
                   {"sha256", plugin.sha256},
                   {"compiler", compiled_text(plugin)}});
  }
  return out;
}

json weights_json(const Weights& weights) {
  if (weights.sha256.empty()) return json::object();
  return {{"file", data::path_text(weights.file)}, {"provenance", weights.provenance}};
}

json host_request(const Trial& trial) {
  return {{"run", ""},
          {"directory", ""},
          {"config", trial.config.whole()},
          {"data_path", data::path_text(trial.data_path)},
          {"data_state", trial.data_state},
          {"seed", trial.seed},
          {"training", trial.training},
          {"plugins", plugins_json(trial.plugins)},
          {"weights", weights_json(trial.weights)}};
}

void check_left_over(const json& config) {
  const std::optional<int64_t> images = training_images(config.at("data"));
  if (images) data::check_left_over(config.at("train"), *images);
}

std::optional<int64_t> training_steps(const json& config) {
  const std::optional<int64_t> images = training_images(config.at("data"));
  if (!images) return std::nullopt;
  const json& train = config.at("train");
  const int64_t batch = train.at("batch_size").get<int64_t>() * train.value("accumulate", 1);
  const int64_t per_epoch = train.at("drop_last") ? *images / batch : (*images + batch - 1) / batch;
  return per_epoch * train.at("epochs").get<int64_t>();
}

}  // namespace sslx::sweep
