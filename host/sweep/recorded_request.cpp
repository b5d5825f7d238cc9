#include "host/sweep/recorded_request.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/path_text.h"
#include "host/record/run_recipe.h"
#include "host/sweep/data_lookup.h"
#include "host/sweep/trial.h"
#include "host/sweep/weights_store.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

bool holds(const fs::path& file, const std::string& sha256) {
  std::error_code error;
  return fs::is_regular_file(file, error) && sha256_file(file) == sha256;
}

/// The kept copy, the file that it was, or one that is found now: whichever has the digest.
void find_plugin(json& plugin, const PluginRegistry& registry, const fs::path& store,
                 std::vector<std::string>& missing) {
  const auto sha256 = plugin.at("sha256").get<std::string>();
  std::vector<fs::path> places{fs::absolute(store / (sha256 + ".so")),
                               data::text_path(plugin.at("file").get<std::string>())};
  const auto found = std::ranges::find(registry.plugins, sha256, &PluginFile::sha256);
  if (found != registry.plugins.end()) places.push_back(found->file);
  const auto at =
      std::ranges::find_if(places, [&](const fs::path& file) { return holds(file, sha256); });
  if (at != places.end()) {
    plugin["file"] = data::path_text(*at);
    return;
  }
  missing.push_back(fmt::format(
      "the bytes of the {} '{}' with SHA-256 {} are neither {} nor in a folder of plugins",
      plugin.at("kind").get<std::string>(), plugin.at("name").get<std::string>(), sha256,
      places.front().string()));
}

/// Returns the state of their files as it is now, or says what is missing.
std::string look_for_data(const json& config, const fs::path& path,
                          std::vector<std::string>& missing) {
  const std::string wanted = config.value("fingerprint", "");
  const std::string name = config.value("name", "");
  try {
    DataFolder data;
    const std::string found = data.fingerprint(config, path);
    if (wanted.empty() || found == wanted) return data.state(config, path);
    missing.push_back(fmt::format("the data '{}' in {} have the fingerprint {}, and had {}", name,
                                  path.empty() ? "their usual place" : path.string(), found,
                                  wanted));
  } catch (const Error& error) {
    missing.push_back(fmt::format("the data '{}' with fingerprint {} are not there: {}", name,
                                  wanted, error.what()));
  }
  return "";
}

void find_data(json& request, const ReproduceOptions& options, std::vector<std::string>& missing) {
  if (options.data) request["data_path"] = data::path_text(fs::absolute(*options.data));
  const json& config = request.at("config");
  request["data_state"] = look_for_data(
      config.at("data"), data::text_path(request.at("data_path").get<std::string>()), missing);
  const json evaluate = config.value("evaluate", json::object());
  for (const json& probe : evaluate.value("probe", json::array())) {
    if (!probe.contains("data")) continue;
    json& place = request["evaluation_data"]["probes"][probe.at("name").get<std::string>()];
    place["state"] =
        look_for_data(probe.at("data"), data::text_path(place.value("path", "")), missing);
  }
  if (!evaluate.contains("data")) return;
  json& own = request["evaluation_data"];
  if (options.evaluation_data)
    own["path"] = data::path_text(fs::absolute(*options.evaluation_data));
  own["state"] =
      look_for_data(evaluate.at("data"), data::text_path(own.value("path", "")), missing);
}

void find_weights(json& request, const ReproduceOptions& options,
                  std::vector<std::string>& missing) {
  const json backbone = request.at("config").value("backbone", json::object());
  const std::string sha256 = backbone.value("weights", "");
  request["weights"] = json::object();
  if (sha256.empty()) return;
  try {
    request["weights"] = weights_json(WeightsStore(options.home / "weights").find(sha256, ""));
  } catch (const Error& error) {
    missing.push_back(
        fmt::format("the weights that it started from are not there: {}", error.what()));
  }
}

/// As it was: a processor's run on the processor, also where there is a GPU. One that crashed
/// before it said where it ran has what it was asked for.
void set_execution(json& request, const ReproduceOptions& options) {
  json& execution = request["execution"];
  const auto ran_on = request.at("device").get<std::string>();
  if (!ran_on.empty()) execution["device"] = ran_on == "cpu" ? "cpu" : "auto";
  if (!execution.contains("device")) execution["device"] = "auto";
  if (options.device) execution["device"] = *options.device;
  const auto threads = request.at("threads").get<int64_t>();
  if (threads > 0) execution["threads"] = threads;
  if (options.threads) execution["threads"] = *options.threads;
  execution["time_limit"] = 0;
  execution["stall_limit"] = 0;
}

}  // namespace

RecordedRequest recorded_request(record::Database& database, const std::string& run,
                                 const PluginRegistry& registry, const ReproduceOptions& options) {
  RecordedRequest out{record::run_recipe(database, run), "", {}};
  out.state = out.request.at("state").get<std::string>();
  for (json& plugin : out.request["plugins"]) {
    find_plugin(plugin, registry, options.home / "runs" / "plugins", out.missing);
  }
  find_data(out.request, options, out.missing);
  find_weights(out.request, options, out.missing);
  set_execution(out.request, options);
  out.request["sweep"] = "";
  for (const char* own : {"state", "device", "threads"}) out.request.erase(own);
  return out;
}

}  // namespace sslx::sweep
