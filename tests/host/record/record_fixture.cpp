#include "record_fixture.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "host/record/connection.h"
#include "host/record/ingest.h"
#include "host/record/trial_row.h"

namespace sslx::record::test {

using nlohmann::json;
namespace fs = std::filesystem;

RecordTest::RecordTest() {
  std::string pattern = (fs::temp_directory_path() / "sslx-record-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
}

RecordTest::~RecordTest() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void write_file(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string training_of(const PlannedTrial& trial) {
  return training_identity(trial.config, trial.seed);
}

int64_t count(Database& database, const std::string& sql) {
  int64_t out = 0;
  database.read([&](Connection& handle) { out = handle.execAndGet(sql).getInt64(); });
  return out;
}

void in_processes(int count, const std::function<bool(int)>& work) {
  for (int process = 0; process < count; ++process) {
    if (fork() != 0) continue;
    try {
      _exit(work(process) ? 0 : 2);
    } catch (...) {
      _exit(1);
    }
  }
  for (int process = 0; process < count; ++process) {
    int status = 0;
    wait(&status);
    EXPECT_EQ(status, 0);
  }
}

std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

PlannedTrial RecordTest::trial(const RunSpec& spec) const {
  json config{{"data", {{"name", "shapes"}, {"fingerprint", "dd"}}},
              {"method", {{"name", "simclr"}, {"parameters", {{"temperature", 0.5}}}}},
              {"backbone", {{"name", "resnet_small"}}},
              {"note", spec.variant},
              {"axes", spec.axes}};
  if (!spec.evaluate.is_null()) config["evaluate"] = spec.evaluate;
  const std::string identity = sha256_hex(json{{"config", config}, {"seed", spec.seed}}.dump());
  return {identity, config, spec.seed, spec.variant, spec.axes, ""};
}

SweepDefinition RecordTest::sweep(const std::vector<RunSpec>& specs) const {
  SweepDefinition out{"demo", "A demonstration", "demo.toml", "name = \"demo\"", {}, {}, {}, "",
                      ""};
  out.table = {{"rows", {"variant"}},
               {"columns", json::array()},
               {"metrics", {"knn_top1", "seeds", "images_per_second", "peak_memory"}}};
  for (const RunSpec& spec : specs) out.trials.push_back(trial(spec));
  return out;
}

json RecordTest::request(const RunSpec& spec) const {
  const PlannedTrial planned = trial(spec);
  return {{"run", spec.id},
          {"sweep", "demo"},
          {"trial", planned.identity},
          {"variant", spec.variant},
          {"axes", spec.axes},
          {"config", planned.config},
          {"seed", spec.seed},
          {"data_path", ""},
          {"plugins",
           {{{"kind", "method"},
             {"name", "simclr"},
             {"version", "1.0.0"},
             {"file", "/x.so"},
             {"sha256", spec.plugin_sha256}}}},
          {"git", {{"commit", "1234567890"}, {"dirty", false}}},
          {"host_sha256", spec.host_sha256}};
}

std::vector<std::string> RecordTest::journal(const RunSpec& spec) const {
  const json protocol{{"probe", "knn"}, {"k", spec.k}};
  const std::vector<json> events{
      {{"event", "started"},
       {"host", "box"},
       {"device", "cpu"},
       {"threads", 2},
       {"precision", "bf16"},
       {"channels_last", true},
       {"versions", {{"sslx", "0.1.0"}, {"libtorch", "2.11.0"}, {"cuda", ""}}},
       {"data", {{"train", 100}, {"test", 50}}}},
      {{"event", "plan"}, {"epochs", 2}, {"steps", 10}},
      {{"event", "metric"}, {"step", 5}, {"epoch", 1}, {"values", {{"loss", 2.5}, {"lr", 0.1}}}},
      {{"event", "metric"}, {"step", 10}, {"epoch", 2}, {"values", {{"loss", "nan"}, {"lr", 0.0}}}},
      {{"event", "warning"}, {"message", "one image was unreadable"}},
      {{"event", "result"},
       {"metric", "knn_top1"},
       {"value", spec.knn},
       {"unit", "%"},
       {"protocol", protocol},
       {"fingerprint", sha256_hex(protocol.dump())},
       {"predictions", "AQACAAMABAA="}},
      {{"event", "finished"},
       {"state", spec.state},
       {"message", spec.message},
       {"seconds", 12.5},
       {"images_per_second", 1000.0},
       {"peak_memory_bytes", 314572800},
       {"weights_sha256", "ww"}}};
  std::vector<std::string> out;
  for (json event : events) {
    if (event["event"] == "finished" && !spec.load.is_null()) event["load"] = spec.load;
    event["line"] = out.size();
    event["time"] = fmt::format("2026-01-01T00:00:{:02}.000Z", out.size());
    if (event["event"] == "started") {
      event["time"] = fmt::format("{}T{}:{}:{}.500Z", "2026-01-01", spec.id.substr(9, 2),
                                  spec.id.substr(11, 2), spec.id.substr(13, 2));
    }
    out.push_back(event.dump() + '\n');
  }
  return out;
}

fs::path RecordTest::write_run(const RunSpec& spec) const {
  const fs::path directory = folder_ / "runs" / spec.id;
  write_file(directory / "request.json", request(spec).dump());
  std::string text;
  for (const std::string& line : journal(spec)) text += line;
  write_file(directory / "journal.jsonl", text);
  const json end{{"state", spec.state}, {"message", spec.message},
                 {"exit_code", 0},      {"signal", 0},
                 {"seconds", 13.0},     {"finished", "2026-01-01T00:01:00.000Z"}};
  write_file(directory / "exit.json", end.dump());
  return directory;
}

void RecordTest::record_run(Database& database, const RunSpec& spec) const {
  ingest_run(database, write_run(spec));
}

}  // namespace sslx::record::test
