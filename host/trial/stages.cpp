#include "host/trial/stages.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <fstream>
#include <iterator>

#include "host/train/device.h"
#include "host/weights/weights.h"

namespace sslx::train {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// The whole lines of a journal; one that is no event ends them.
std::vector<json> read_events(const fs::path& journal) {
  std::ifstream in(journal, std::ios::binary);
  std::vector<json> out;
  for (std::string line; std::getline(in, line) && !in.eof();) {
    json event = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!event.is_object() || !event.value("event", json()).is_string()) break;
    out.push_back(std::move(event));
  }
  return out;
}

/// What a restored stage writes again; the rest is this run's own to say.
bool belongs_to_training(const json& event) {
  static const std::vector<std::string> others{"started", "plan",    "weights", "result",
                                               "stage",   "resumed", "finished"};
  return std::ranges::count(others, event.at("event").get<std::string>()) == 0;
}

/// Whether it trained the same weights; how it evaluated them may differ, and what for.
bool is_same_training(const TrialRequest& request, const TrialRequest& earlier) {
  const bool same_plan = request.config == earlier.config && request.seed == earlier.seed;
  const bool same_training = !request.training.empty() && request.training == earlier.training;
  const auto other_file = [&](const PluginChoice& plugin) {
    return std::ranges::any_of(earlier.plugins, [&](const PluginChoice& there) {
      return plugin.kind == there.kind && plugin.name == there.name &&
             plugin.sha256 != there.sha256;
    });
  };
  return (same_plan || same_training) && std::ranges::none_of(request.plugins, other_file);
}

/// Whether a stage of the earlier run is one of this one, too: fine-tuning and distillation depend
/// on what the evaluation says of them.
bool is_shared(const Stage& stage, const json& here, const json& there) {
  const auto same = [&](const char* table) {
    return here.value(table, json()) == there.value(table, json());
  };
  if (stage.name.starts_with("finetune_")) return same("finetune");
  if (stage.name.starts_with("distil_")) return same("finetune") && same("distil");
  return true;
}

TrialRequest read_earlier(const fs::path& directory) {
  std::ifstream in(directory / "request.json", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const json earlier = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (earlier.is_discarded()) throw input_error("its request cannot be read");
  return read_request(earlier);
}

/// Why the run in the folder cannot be taken up; "" when it can.
std::string obstacle(const TrialRequest& request, const json& started) try {
  if (!is_same_training(request, read_earlier(request.resume))) {
    return "it is of another trial or plugin";
  }
  const std::vector<json> events = read_events(request.resume / "journal.jsonl");
  if (events.empty()) return "its journal cannot be read";
  return bits_obstacle(started, events.front());
} catch (const Error& error) {
  return error.what();  // of its request
}

}  // namespace

std::vector<Stage> read_stages(const fs::path& journal) {
  std::vector<Stage> out;
  std::vector<json> training;
  for (json& event : read_events(journal)) {
    if (event.at("event") == "plan") training.clear();
    if (event.at("event") == "stage") {
      out.push_back({event.at("stage").get<std::string>(), event.at("file").get<std::string>(),
                     event.at("weights_sha256").get<std::string>(), event.at("facts"),
                     std::exchange(training, {})});
    } else if (belongs_to_training(event)) {
      training.push_back(std::move(event));
    }
  }
  return out;
}

Stages::Stages(const TrialRequest& request, Journal& journal, const json& started)
    : request_(request), journal_(journal) {
  if (request.resume.empty()) return;
  const std::string reason = obstacle(request, started);
  if (!reason.empty()) {
    give_up(reason);
    return;
  }
  const json here = request.config.value("evaluate", json::object());
  const json there = read_earlier(request.resume).config.value("evaluate", json::object());
  for (Stage& stage : read_stages(request.resume / "journal.jsonl")) {
    if (!is_shared(stage, here, there)) break;
    earlier_.push_back(std::move(stage));
  }
}

void Stages::give_up(const std::string& reason) {
  earlier_.clear();
  journal_.write("warning",
                 {{"message", fmt::format("the earlier run {} is not taken up: {}",
                                          request_.resume.filename().string(), reason)}});
}

std::optional<json> Stages::restore(const std::string& name, torch::nn::Module& module) {
  begun_ = Clock::now();
  if (earlier_.empty()) return std::nullopt;
  const Stage stage = std::move(earlier_.front());
  earlier_.pop_front();
  const fs::path file = request_.resume / stage.file;
  try {
    const State state = read_safetensors(file).tensors;
    if (stage.name != name || state_digest(state) != stage.sha256) {
      throw input_error(
          fmt::format("{} does not hold the weights of its stage {}", file.string(), stage.name));
    }
    load_state(module, state, file.string());
  } catch (const Error& error) {
    give_up(error.what());
    return std::nullopt;
  }
  journal_.write("resumed", {{"stage", name}, {"run", request_.resume.filename().string()}});
  for (const json& event : stage.events) {
    journal_.write(event.at("event").get<std::string>(), event);
  }
  earlier_seconds_ += stage.facts.value("seconds", 0.0);
  finish(name, stage.file, module, stage.facts);
  return stage.facts;
}

std::string Stages::finish(const std::string& name, const std::string& file,
                           const torch::nn::Module& module, json facts) {
  // Those of a stage that was taken over say how long it took when it was trained.
  if (!facts.contains("seconds")) {
    facts["seconds"] = std::chrono::duration<double>(Clock::now() - begun_).count();
  }
  const State state = module_state(module);
  const std::string sha256 = state_digest(state);
  write_safetensors(state, request_.directory / file);
  journal_.write("stage",
                 {{"stage", name}, {"file", file}, {"weights_sha256", sha256}, {"facts", facts}});
  journal_.sync();
  return sha256;
}

uint64_t stage_seed(uint64_t seed, const std::string& stage) {
  return std::stoull(sha256_hex(fmt::format("{} {}", stage, seed)).substr(0, 16), nullptr, 16);
}

}  // namespace sslx::train
