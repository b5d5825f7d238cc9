#include "cli/synthetic_runs.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <random>

#include "host/record/journal.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::array kOperations{"crop", "cutout", "color", "sobel", "noise", "blur", "rotate"};
static_assert(kOperations.size() * kOperations.size() == kMatrixCells);

/// What a line of a contrastive method's training holds.
constexpr std::array kMetrics{"contrastive_accuracy",
                              "gradient_norm_first",
                              "gradient_norm_last",
                              "images_per_second",
                              "loss",
                              "loss_below_chance",
                              "lr",
                              "output_deviation",
                              "output_rank",
                              "share_backward",
                              "share_data",
                              "share_forward"};

json operation(const char* name) {
  return {
      {"name", name},
      {"parameters",
       {{"probability", 0.8}, {"strength", 0.5}, {"scale", {0.08, 1.0}}, {"sigma", {0.1, 2.0}}}}};
}

json axes_of(const SyntheticRun& run) {
  const auto cell = static_cast<size_t>(run.cell);
  return {{"first", kOperations[cell / kOperations.size()]},
          {"second", kOperations[cell % kOperations.size()]}};
}

json config_of(const SyntheticRun& run) {
  const json axes = axes_of(run);
  json ops = json::array();
  for (const char* name : kOperations) ops.push_back(operation(name));
  return {
      {"data", {{"name", "shapes"}, {"fingerprint", sha256_hex("data")}, {"size", 32}}},
      {"method", {{"name", "simclr"}, {"parameters", {{"temperature", 0.5}}}}},
      {"backbone", {{"name", "resnet_small"}, {"parameters", {{"width", 32}, {"norm", "bn"}}}}},
      {"view", {{{"ops", ops}}}},
      {"train", {{"epochs", 100}, {"batch_size", 256}, {"lr", 0.06}, {"optimizer", "sgd"}}},
      {"evaluate", {{"knn", {{"k", 200}, {"temperature", 0.1}}}, {"linear", {{"epochs", 100}}}}},
      {"sweep", run.sweep},
      {"axes", axes}};
}

std::string trial_of(const SyntheticRun& run) {
  return sha256_hex(fmt::format("{} {}", run.sweep, run.cell));
}

json plugin(const char* kind, const char* name) {
  const std::string sha256 = sha256_hex(name);
  return {{"kind", kind},
          {"name", name},
          {"version", "1.0.0"},
          {"sha256", sha256},
          {"file", fmt::format("/plugins/{}.so", sha256)}};
}

json request_of(const SyntheticRun& run, const fs::path& directory) {
  json plugins{plugin("method", "simclr"), plugin("backbone", "resnet_small")};
  for (const char* name : kOperations) plugins.push_back(plugin("augmentation", name));
  return {{"run", run.id},
          {"directory", directory.string()},
          {"sweep", run.sweep},
          {"trial", trial_of(run)},
          {"variant", ""},
          {"axes", axes_of(run)},
          {"config", config_of(run)},
          {"seed", 0},
          {"data_path", ""},
          {"plugins", plugins},
          {"execution", {{"device", "auto"}, {"threads", 2}, {"view_workers", 1}}},
          {"git", {{"commit", sha256_hex("commit").substr(0, 40)}, {"dirty", false}}},
          {"host_sha256", sha256_hex("host")}};
}

json started() {
  return {{"host", "bench"},
          {"pid", 2},
          {"device", "cpu"},
          {"device_name", "none"},
          {"threads", 2},
          {"view_workers", 1},
          {"precision", "bf16"},
          {"channels_last", true},
          {"versions", {{"sslx", "0.1.0"}, {"libtorch", "2.11.0"}, {"compiler", "gcc 12.2.0"}}},
          {"data", {{"train", 50000}, {"test", 10000}, {"classes", 10}, {"unreadable", 0}}}};
}

json result(const char* metric, double value) {
  const json protocol{{"probe", metric}, {"k", 200}, {"training_images", 50000}};
  return {{"metric", metric},
          {"value", value},
          {"unit", "%"},
          {"protocol", protocol},
          {"fingerprint", sha256_hex(protocol.dump())}};
}

void write_metrics(train::Journal& journal, int64_t rows, std::mt19937_64& random) {
  std::uniform_real_distribution<double> value(0, 10);
  constexpr int64_t kEvery = 50;  // steps
  for (int64_t line = 0; rows > 0; ++line) {
    std::map<std::string, double> values;
    for (const char* name : kMetrics) {
      if (rows-- > 0) values[name] = value(random);
    }
    journal.metric(line * kEvery + 1, line / 4 + 1, values);
  }
}

void write_text(const fs::path& file, const json& value) {
  std::ofstream out(file, std::ios::binary);
  out << value.dump() << '\n';
  if (!out.flush()) {
    throw Error(ErrorKind::kSystem, fmt::format("{} cannot be written", file.string()));
  }
}

}  // namespace

SyntheticRun synthetic_run(int64_t number, int64_t metrics) {
  const int64_t second = number % 60;
  const int64_t minute = number / 60 % 60;
  const int64_t hour = number / 3600 % 24;
  const int64_t day = number / 86400 + 1;
  return {fmt::format("202601{:02}-{:02}{:02}{:02}-{:06x}", day, hour, minute, second, number),
          fmt::format("bench_{:04}", number / kMatrixCells), number % kMatrixCells, metrics};
}

record::SweepDefinition synthetic_sweep(const SyntheticRun& run) {
  record::SweepDefinition out{run.sweep,
                              "Runs that never ran",
                              run.sweep + ".toml",
                              fmt::format("name = \"{}\"\n", run.sweep),
                              {},
                              {},
                              {},
                              "",
                              ""};
  out.table = {{"rows", {"first"}}, {"columns", {"second"}}, {"metrics", {"linear_top1", "loss"}}};
  SyntheticRun one = run;
  for (one.cell = 0; one.cell < kMatrixCells; ++one.cell) {
    out.trials.push_back({trial_of(one), config_of(one), 0, "", axes_of(one), ""});
  }
  return out;
}

fs::path write_synthetic_run(const SyntheticRun& run, const fs::path& runs) {
  const fs::path directory = runs / run.id;
  fs::create_directories(directory);
  write_text(directory / "request.json", request_of(run, directory));
  std::mt19937_64 random(std::hash<std::string>()(run.id));
  {
    train::Journal journal(directory / "journal.jsonl");
    journal.write("started", started());
    journal.write("plan", {{"epochs", 100}, {"steps", 19500}});
    write_metrics(journal, run.metrics, random);
    journal.write("result", result("knn_top1", static_cast<double>(random() % 1000) / 10));
    journal.write("result", result("linear_top1", static_cast<double>(random() % 1000) / 10));
    journal.write("finished", {{"state", "completed"},
                               {"message", ""},
                               {"seconds", 100.0},
                               {"images_per_second", 2400.0},
                               {"peak_memory_bytes", 1 << 30},
                               {"weights_sha256", sha256_hex(run.id)},
                               {"load", json::object()}});
  }
  write_text(directory / "exit.json", {{"state", "completed"},
                                       {"message", ""},
                                       {"exit_code", 0},
                                       {"signal", 0},
                                       {"seconds", 100.0},
                                       {"finished", train::timestamp()}});
  return directory;
}

}  // namespace sslx::cli
