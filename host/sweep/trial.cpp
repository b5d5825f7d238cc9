#include "host/sweep/trial.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include "host/data/path_text.h"

namespace sslx::sweep {

using nlohmann::json;

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
          {"evaluation_data", trial.evaluation_data},
          {"seed", trial.seed},
          {"training", trial.training},
          {"plugins", plugins_json(trial.plugins)},
          {"weights", weights_json(trial.weights)}};
}

}  // namespace sslx::sweep
