// Several commands write to one record at once: no row may be lost, and nobody may be told that the
// database is locked.
//
//     writers SSLX FOLDER [--seconds N] [--writers N]
//
// Each writer makes runs and takes them in, as a sweep does, and registers plans; meanwhile `sslx
// runs`, `report` and `db backup` read. At the end the record must have what each writer was told
// that it has. Prints one line of figures; ends with 1 when something is lost, locked or unsound.
#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/record/connection.h"
#include "host/record/ingest.h"
#include "host/record/sweeps.h"

namespace {

using nlohmann::json;
using sslx::record::Database;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kMetrics = 40;    // rows of a run: 20 lines of two
constexpr int kPlanEvery = 25;  // runs

struct Options {
  std::string sslx;
  fs::path folder;
  int seconds = 3;
  int writers = 8;
  fs::path database() const { return folder / "results" / "sslx.db"; }
};

Options options_of(int argc, char** argv) {
  Options out;
  std::vector<std::string> words(argv + 1, argv + argc);
  for (size_t i = 2; i + 1 < words.size(); i += 2) {
    (words[i] == "--seconds" ? out.seconds : out.writers) = std::stoi(words[i + 1]);
  }
  out.sslx = words.at(0);
  out.folder = fs::absolute(words.at(1));
  return out;
}

std::string journal() {
  std::string out;
  int line = 0;
  const auto put = [&](json event) {
    event["line"] = line++;
    event["time"] = "2026-01-01T00:00:00.000Z";
    out += event.dump() + '\n';
  };
  put({{"event", "started"}});
  for (int step = 1; step <= kMetrics / 2; ++step) {
    put({{"event", "metric"},
         {"step", step},
         {"epoch", 1},
         {"values", {{"loss", 0.5}, {"lr", 0.1}}}});
  }
  put({{"event", "finished"}, {"state", "completed"}, {"seconds", 1.0}});
  return out;
}

sslx::record::PlannedTrial trial_of(int writer, int number) {
  const json config{{"data", {{"name", "shapes"}, {"fingerprint", "f"}}},
                    {"method", {{"name", "random"}}},
                    {"backbone", {{"name", "resnet_small"}}},
                    {"writer", writer}};
  const auto seed = static_cast<uint64_t>(number);
  return {sslx::sha256_hex(config.dump() + std::to_string(seed)),
          config,
          seed,
          "A",
          json::object(),
          ""};
}

fs::path write_run(const Options& options, int writer, int number) {
  const sslx::record::PlannedTrial trial = trial_of(writer, number);
  const std::string run = fmt::format("20260101-{:06}-{:06x}", number, writer);
  const fs::path folder = options.folder / "runs" / run;
  fs::create_directories(folder);
  const json request{{"run", run},         {"trial", trial.identity},  {"sweep", "writers"},
                     {"variant", "A"},     {"axes", json::object()},   {"config", trial.config},
                     {"seed", trial.seed}, {"plugins", json::array()}, {"host_sha256", "h"}};
  std::ofstream(folder / "request.json") << request;
  std::ofstream(folder / "journal.jsonl") << journal();
  std::ofstream(folder / "exit.json") << json{{"state", "completed"}, {"message", ""}};
  return folder;
}

void register_plan(Database& database, int writer, int number) {
  sslx::record::register_sweep(database, {"writers",
                                          "",
                                          "writers.toml",
                                          fmt::format("{} {}", writer, number),
                                          {{"rows", {"variant"}}, {"metrics", {"seeds"}}},
                                          {trial_of(writer, number)},
                                          {},
                                          "",
                                          ""});
}

struct Told {
  int runs = 0;
  int plans = 0;
  double longest = 0;  ///< Seconds that one run took to be recorded.
};

/// In a process of its own; what it was told that the record has goes into a file.
int write_until(const Options& options, int writer, Clock::time_point end) try {
  Database database(options.database());
  Told told;
  while (Clock::now() < end) {
    const auto begin = Clock::now();
    if (told.runs % kPlanEvery == 0) {
      register_plan(database, writer, told.runs);
      ++told.plans;
    }
    sslx::record::ingest_run(database, write_run(options, writer, told.runs++));
    const std::chrono::duration<double> took = Clock::now() - begin;
    told.longest = std::max(told.longest, took.count());
  }
  std::ofstream(options.folder / std::to_string(writer))
      << told.runs << ' ' << told.plans << ' ' << told.longest;
  return 0;
} catch (const sslx::Error& error) {
  fmt::print(stderr, "writer {}: {}\n", writer, error.what());
  return 1;
}

/// The command's verbs, one after the other; each must end well.
int read_until(const Options& options, Clock::time_point end) {
  for (int count = 0; Clock::now() < end; ++count) {
    for (const std::string& verb :
         {std::string("runs"), std::string("report writers"),
          fmt::format("db backup {}",
                      (options.folder / fmt::format("copy-{}.db", count)).string())}) {
      const std::string line =
          fmt::format("'{}' --home '{}' {} >'{}' 2>&1", options.sslx, options.folder.string(), verb,
                      (options.folder / "out").string());
      if (std::system(line.c_str()) == 0) continue;
      fmt::print(
          stderr, "{} failed: {}", line,
          std::string(std::istreambuf_iterator<char>(std::ifstream(options.folder / "out").rdbuf()),
                      {}));
      return 1;
    }
    fs::remove(options.folder / fmt::format("copy-{}.db", count));
  }
  return 0;
}

pid_t in_child(const std::function<int()>& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  return pid;
}

int64_t count(Database& database, const std::string& sql) {
  int64_t out = 0;
  database.read([&](sslx::record::Connection& handle) { out = handle.execAndGet(sql).getInt64(); });
  return out;
}

int judge(const Options& options, size_t failed) {
  Told all;
  for (int writer = 0; writer < options.writers; ++writer) {
    Told told;
    std::ifstream(options.folder / std::to_string(writer)) >> told.runs >> told.plans >>
        told.longest;
    all.runs += told.runs;
    all.plans += told.plans;
    all.longest = std::max(all.longest, told.longest);
  }
  Database database(options.database());
  const int64_t lost_runs = all.runs - count(database, "SELECT count(*) FROM run");
  const int64_t lost_rows =
      int64_t{all.runs} * kMetrics - count(database, "SELECT count(*) FROM metric");
  const int64_t lost_plans = all.plans - count(database, "SELECT count(*) FROM plan");
  const bool sound = database.faults().empty();
  fmt::print(
      "{} writers, {} s: {} runs, {} metric rows and {} plans recorded; {} rows lost, {} "
      "processes failed, longest {:.2f} s, {}\n",
      options.writers, options.seconds, all.runs, int64_t{all.runs} * kMetrics, all.plans,
      lost_runs + lost_rows + lost_plans, failed, all.longest, sound ? "sound" : "NOT SOUND");
  const bool nothing_lost = lost_runs == 0 && lost_rows == 0 && lost_plans == 0;
  return nothing_lost && sound && failed == 0 && all.runs > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const Options options = options_of(argc, argv);
  fs::remove_all(options.folder);
  fs::create_directories(options.folder);
  {
    Database database(options.database());
    register_plan(database, 0, 0);
  }
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  int processes = 1;
  in_child([&] { return read_until(options, end); });
  for (int writer = 0; writer < options.writers; ++writer, ++processes) {
    in_child([&] { return write_until(options, writer, end); });
  }
  size_t failed = 0;
  for (int status = 0; processes > 0 && wait(&status) > 0; --processes) {
    failed += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0U : 1U;
  }
  return judge(options, failed);
}
