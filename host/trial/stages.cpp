#include "host/trial/stages.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "host/train/device.h"
#include "host/weights/checkpoint_files.h"
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
  static const std::vector<std::string> others{"started", "plan",    "weights",  "result",
                                               "stage",   "resumed", "finished", "features"};
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
bool is_shared(const std::string& stage, const json& here, const json& there) {
  const auto same = [&](const char* table) {
    return here.value(table, json()) == there.value(table, json());
  };
  if (stage.starts_with("finetune_")) return same("finetune");
  if (stage.starts_with("distil_")) return same("finetune") && same("distil");
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

/// Throws Error(kInput) for what is not whole, or counts lines that the journal has lost.
Snapshot read_checkpoint(const CheckpointFile& file, int64_t lines) {
  Snapshot out = read_snapshot(file.file);
  const bool fits = out.facts.value("version", json()) == 1 &&
                    out.facts.value("stage", json()) == file.stage &&
                    out.facts.value("step", json()) == file.step &&
                    out.facts.value("run", json()) == file.file.parent_path().filename().string();
  if (!fits) throw input_error(file.file.string() + " is not a checkpoint of that run and name");
  if (out.facts.at("lines").get<int64_t>() > lines) {
    throw input_error(fmt::format("{} counts {} lines of its run's journal, which has {}",
                                  file.file.string(), out.facts.at("lines").get<int64_t>(), lines));
  }
  return out;
}

/// Of the first `lines` lines.
std::vector<json> events_until(int64_t lines, std::vector<json> events) {
  std::erase_if(events, [&](const json& event) { return event.value("line", lines) >= lines; });
  return events;
}

}  // namespace

JournalStages read_stages(const fs::path& journal) {
  JournalStages out;
  for (json& event : read_events(journal)) {
    ++out.lines;
    if (event.at("event") == "plan") out.events.clear();
    if (event.at("event") == "stage") {
      out.finished.push_back({event.at("stage").get<std::string>(),
                              event.at("file").get<std::string>(),
                              event.at("weights_sha256").get<std::string>(), event.at("facts"),
                              std::exchange(out.events, {})});
    } else if (belongs_to_training(event)) {
      out.events.push_back(std::move(event));
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
  taken_up_ = true;
  const TrialRequest before = read_earlier(request.resume);
  same_trial_ = before.config == request.config && before.seed == request.seed;
  evaluate_before_ = before.config.value("evaluate", json::object());
  const json here = request.config.value("evaluate", json::object());
  journal_before_ = read_stages(request.resume / "journal.jsonl");
  for (Stage& stage : std::exchange(journal_before_.finished, {})) {
    taken_up_ = taken_up_ && is_shared(stage.name, here, evaluate_before_);
    if (taken_up_) earlier_.push_back(std::move(stage));
  }
}

void Stages::warn(const std::string& message) { journal_.write("warning", {{"message", message}}); }

void Stages::give_up(const std::string& reason) {
  earlier_.clear();
  taken_up_ = false;
  warn(fmt::format("the earlier run {} is not taken up: {}", request_.resume.filename().string(),
                   reason));
}

std::optional<json> Stages::restore(const std::string& name, torch::nn::Module& module) {
  begun_ = Clock::now();
  stage_seconds_ = 0;
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
  take_over(stage.events);
  earlier_seconds_ += stage.facts.value("seconds", 0.0);
  finish(name, stage.file, module, stage.facts);
  return stage.facts;
}

void Stages::take_over(const std::vector<json>& events) {
  for (const json& event : events) journal_.write(event.at("event").get<std::string>(), event);
}

/// The newest that is whole; of others it is told why they are passed over.
std::optional<EarlierCheckpoint> Stages::earlier_checkpoint(const std::string& stage) {
  std::optional<EarlierCheckpoint> out;
  std::vector<fs::path> spent;
  for (const CheckpointFile& one : checkpoint_files(request_.resume)) {
    if (one.stage != stage) continue;
    if (!out) {
      try {
        out = EarlierCheckpoint{read_checkpoint(one, journal_before_.lines), {}, {}};
        spent.push_back(one.file);
        continue;
      } catch (const Error& error) {
        warn(fmt::format("a checkpoint is passed over: {}", error.what()));
      }
    }
    spent.insert(spent.begin(), one.file);
  }
  if (out && same_trial_) out->files = std::move(spent);
  return out;
}

std::unique_ptr<Checkpoints> Stages::checkpoints(const std::string& name) {
  auto out = std::make_unique<Checkpoints>(
      CheckpointPlace{request_.directory, name, request_.execution.checkpoint}, journal_);
  const json here = request_.config.value("evaluate", json::object());
  if (!taken_up_ || !earlier_.empty() || !is_shared(name, here, evaluate_before_)) return out;
  std::optional<EarlierCheckpoint> found = earlier_checkpoint(name);
  if (!found) return out;
  const json facts = found->snapshot.facts;
  found->repeat = [this, name, facts] {
    journal_.write("resumed", {{"stage", name},
                               {"run", request_.resume.filename().string()},
                               {"step", facts.at("step")}});
    take_over(events_until(facts.at("lines").get<int64_t>(), journal_before_.events));
    stage_seconds_ = facts.at("seconds").get<double>();
    earlier_seconds_ += stage_seconds_;
  };
  out->go_on_from(std::move(*found));
  return out;
}

/// This run's, and those of the earlier one that nothing else would go on from.
std::vector<fs::path> Stages::checkpoints_of(const std::string& stage) const {
  std::vector<CheckpointFile> all = checkpoint_files(request_.directory);
  if (same_trial_ && taken_up_) {
    const std::vector<CheckpointFile> before = checkpoint_files(request_.resume);
    all.insert(all.end(), before.begin(), before.end());
  }
  std::vector<fs::path> out;
  for (const CheckpointFile& one : all) {
    if (one.stage == stage) out.push_back(one.file);
  }
  return out;
}

std::string Stages::finish(const std::string& name, const std::string& file,
                           const torch::nn::Module& module, json facts) {
  // Those of a stage that was taken over say how long it took when it was trained.
  if (!facts.contains("seconds")) {
    facts["seconds"] =
        stage_seconds_ + std::chrono::duration<double>(Clock::now() - begun_).count();
  }
  const State state = module_state(module);
  const std::string sha256 = state_digest(state);
  // It takes the place of the checkpoints, once it is on the disk.
  const std::vector<fs::path> spent = checkpoints_of(name);
  write_safetensors(state, request_.directory / file, {}, /*durable=*/!spent.empty());
  journal_.write("stage",
                 {{"stage", name}, {"file", file}, {"weights_sha256", sha256}, {"facts", facts}});
  journal_.sync();
  for (const fs::path& one : spent) {
    std::error_code stays;
    fs::remove(one, stays);
  }
  return sha256;
}

uint64_t stage_seed(uint64_t seed, const std::string& stage) {
  return std::stoull(sha256_hex(fmt::format("{} {}", stage, seed)).substr(0, 16), nullptr, 16);
}

}  // namespace sslx::train
