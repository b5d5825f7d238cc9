#include "host/trial/trial_request.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <string_view>

#include "host/data/path_text.h"
#include "host/machine/cores.h"

namespace sslx::train {

using nlohmann::json;

namespace {

/// The library's messages begin with an identifier of its own in brackets.
Error not_known(const json::exception& error) {
  const std::string_view whole = error.what();
  return input_error(
      fmt::format("the request on standard input is not one that sslx-host knows: {}",
                  whole.substr(std::min(whole.find("] "), whole.size() - 2) + 2)),
      "sslx-host is started by `sslx sweep`");
}

}  // namespace

const PluginChoice& TrialRequest::plugin(const std::string& kind, const std::string& name) const {
  for (const PluginChoice& choice : plugins) {
    if (choice.kind == kind && choice.name == name) return choice;
  }
  throw input_error(fmt::format("the request names no file for the {} '{}'", kind, name));
}

TrialRequest read_request(const json& object) try {
  TrialRequest out;
  out.run = object.at("run").get<std::string>();
  out.directory = data::text_path(object.at("directory").get<std::string>());
  out.data_path = data::text_path(object.value("data_path", ""));
  out.data_state = object.value("data_state", "");
  const json evaluation = object.value("evaluation_data", json::object());
  out.evaluation_path = data::text_path(evaluation.value("path", ""));
  out.evaluation_state = evaluation.value("state", "");
  out.probe_data = evaluation.value("probes", json::object());
  out.config = object.at("config");
  out.seed = object.at("seed").get<uint64_t>();
  out.training = object.value("training", "");
  for (const json& plugin : object.at("plugins")) {
    out.plugins.push_back({plugin.at("kind").get<std::string>(),
                           plugin.at("name").get<std::string>(),
                           data::text_path(plugin.at("file").get<std::string>()),
                           plugin.at("sha256").get<std::string>()});
  }
  const json execution = object.value("execution", json::object());
  out.execution.device = execution.value("device", "auto");
  out.execution.visible = execution.value("visible", "");
  out.execution.threads = execution.value("threads", 0);
  out.execution.view_workers = execution.value("view_workers", 1);
  const json machines = execution.value("machines", json::object());
  out.execution.machines = {machines.value("rank", int64_t{0}), machines.value("size", int64_t{1}),
                            machines.value("address", ""), machines.value("port", uint16_t{0})};
  out.execution.checkpoint = execution.value("checkpoint", out.execution.checkpoint);
  const json weights = object.value("weights", json::object());
  out.weights.file = data::text_path(weights.value("file", ""));
  out.weights.provenance = weights.value("provenance", json::object());
  out.anomaly = object.value("anomaly", false);
  out.resume = data::text_path(object.value("resume", ""));
  return out;
} catch (const json::exception& error) {
  throw not_known(error);
}

TrialRequest parse_request(const std::string& text) try {
  return read_request(json::parse(text));
} catch (const json::exception& error) {
  throw not_known(error);
}

TrialRequest share_of(TrialRequest request, int64_t processes, bool leads) {
  if (processes == 1) return request;
  int& threads = request.execution.threads;
  if (threads == 0) threads = machine::usual_threads();
  threads = std::max(1, threads / static_cast<int>(processes));
  if (!leads) request.execution.checkpoint = 0;
  return request;
}

}  // namespace sslx::train
