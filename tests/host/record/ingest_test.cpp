#include "host/record/ingest.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/record/connection.h"
#include "host/record/journal.h"
#include "host/record/runs.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class IngestTest : public RecordTest {
 protected:
  /// Everything of one run that the journal gave.
  static std::string contents(Database& database) {
    std::string out;
    database.read([&](Connection& handle) {
      for (const char* sql : {"SELECT line, name, step, value FROM metric ORDER BY 1, 2",
                              "SELECT line, metric, value, hex(predictions) FROM result ORDER BY 1",
                              "SELECT line, event, json, time FROM event ORDER BY 1",
                              "SELECT state, next_line, next_byte, images_per_second FROM run"}) {
        SQLite::Statement row(handle, sql);
        while (row.executeStep()) {
          for (int i = 0; i < 4; ++i) out += row.getColumn(i).getString() + '|';
          out += '\n';
        }
      }
    });
    return out;
  }

  /// For a test of thousands of transactions, which would wait for the disk for a minute.
  fs::path in_memory_folder() const {
    const fs::path shared = "/dev/shm";
    return access(shared.c_str(), W_OK) == 0 ? shared : folder_;
  }

  const RunSpec spec_{.id = "20260101-000001-aaaaaa"};
};

/// What the host says of a machine with a GPU.
TEST_F(IngestTest, FactsOfTheMachineAreColumns) {
  Database database(database_file());
  const fs::path directory = write_run(spec_);
  nlohmann::json request = nlohmann::json::parse(read_file(directory / "request.json"));
  request["data_state"] = "00 3 7";
  request["plugins"][0]["compiler"] = "GCC: 12";
  write_file(directory / "request.json", request.dump());
  std::string text;
  for (const std::string& line : journal(spec_)) {
    nlohmann::json event = nlohmann::json::parse(line);
    if (event["event"] == "started") {
      event.update({{"device", "cuda"},
                    {"device_name", "NVIDIA Pretended 9000"},
                    {"cpu_name", "AMD Pretended"},
                    {"memory_bytes", 1'000'000},
                    {"device_memory_bytes", nullptr},
                    {"driver", "550.54.15"},
                    {"determinism", {{"tf32_cudnn", true}}},
                    {"environment", {{"OMP_NUM_THREADS", "2"}}}});
      event["versions"].update({{"cuda", "12080"}, {"cudnn", "91002"}});
    }
    if (event["event"] == "finished") event["energy_joules"] = 12.25;
    text += event.dump() + '\n';
  }
  write_file(directory / "journal.jsonl", text);
  EXPECT_EQ(ingest_run(database, directory), "completed");
  const RunDetails run = run_details(database, spec_.id);
  const auto fact = [&](const char* name) { return run.facts.at(name); };
  EXPECT_EQ(fact("device_name"), "NVIDIA Pretended 9000");
  EXPECT_EQ(fact("cpu_name"), "AMD Pretended");
  EXPECT_EQ(fact("memory_bytes"), 1'000'000);
  EXPECT_TRUE(fact("device_memory_bytes").is_null());
  EXPECT_EQ(fact("driver_version"), "550.54.15");
  EXPECT_EQ(fact("cudnn_version"), "91002");
  EXPECT_EQ(fact("determinism"), nlohmann::json({{"tf32_cudnn", true}}));
  EXPECT_EQ(fact("environment"), nlohmann::json({{"OMP_NUM_THREADS", "2"}}));
  EXPECT_EQ(fact("energy_joules"), 12.25);
  EXPECT_EQ(run.data_state, "00 3 7");
  EXPECT_EQ(run.plugins[0].compiler, "GCC: 12");
  EXPECT_EQ(run.results[0].line, 5);
  EXPECT_FALSE(run.has_log);
}

/// A stage that was only gone on with, from a step of an earlier run, is the run's own.
TEST_F(IngestTest, StagesSayWhereTheyAreFrom) {
  Database database(database_file());
  const fs::path directory = write_run({.id = spec_.id, .state = "failed"});
  const auto stage = [](const char* name) {
    return nlohmann::json{{"event", "stage"},
                          {"stage", name},
                          {"file", std::string(name) + ".safetensors"},
                          {"weights_sha256", "ww"},
                          {"facts", nlohmann::json::object()}};
  };
  std::string text = journal(spec_)[0];
  int64_t line = 1;
  for (nlohmann::json event :
       {nlohmann::json{{"event", "resumed"}, {"stage", "pretrain"}, {"run", "earlier"}},
        stage("pretrain"),
        nlohmann::json{{"event", "resumed"}, {"stage", "distil"}, {"run", "later"}, {"step", 7}},
        stage("distil")}) {
    event["line"] = line++;
    event["time"] = "2026-01-01T00:00:09.000Z";
    text += event.dump() + '\n';
  }
  write_file(directory / "journal.jsonl", text);
  ingest_run(database, directory);
  const std::vector<StageEntry> stages = run_details(database, spec_.id).stages;
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0].name + ' ' + stages[0].taken_from, "pretrain earlier");
  EXPECT_EQ(stages[1].name + ' ' + stages[1].taken_from, "distil ");
  EXPECT_EQ(stages[1].file, "distil.safetensors");
}

TEST_F(IngestTest, EverythingOfARunIsThere) {
  Database database(database_file());
  EXPECT_EQ(ingest_run(database, write_run(spec_)), "completed");
  const RunDetails run = run_details(database, spec_.id);
  EXPECT_EQ(run.summary.attempt, 1);
  EXPECT_EQ(run.summary.state, "completed");
  EXPECT_EQ(run.facts["threads"], 2);
  EXPECT_EQ(run.facts["peak_memory_bytes"], 314572800);
  EXPECT_EQ(run.facts["git_commit"], "1234567890");
  EXPECT_EQ(run.facts["data_fingerprint"], "dd");
  ASSERT_EQ(run.plugins.size(), 1U);
  EXPECT_EQ(run.plugins[0].sha256, "aa");
  ASSERT_EQ(run.metrics.size(), 2U);
  EXPECT_EQ(run.metrics[0].first, 2.5);
  EXPECT_TRUE(std::isnan(run.metrics[0].last));
  ASSERT_EQ(run.results.size(), 1U);
  EXPECT_EQ(run.results[0].predictions_bytes, 8);
  EXPECT_EQ(run.warnings, std::vector<std::string>{"one image was unreadable"});
}

TEST_F(IngestTest, TwiceIsOnce) {
  Database database(database_file());
  const fs::path directory = write_run(spec_);
  ingest_run(database, directory);
  const std::string before = contents(database);
  EXPECT_EQ(ingest_run(database, directory), "completed");
  EXPECT_EQ(contents(database), before);
}

/// Whatever byte the journal was cut at when it was first read, nothing is lost or doubled.
TEST_F(IngestTest, CutAtEveryByte) {
  const fs::path directory = write_run(spec_);
  const std::string text = read_file(directory / "journal.jsonl");
  const std::string end = read_file(directory / "exit.json");
  Database whole(folder_ / "whole.db");
  ingest_run(whole, directory);
  const std::string expected = contents(whole);
  const fs::path file = in_memory_folder() / (folder_.filename().string() + ".db");
  Database database(file);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    fs::remove(directory / "exit.json");
    write_file(directory / "journal.jsonl", text.substr(0, cut));
    ASSERT_EQ(ingest_run(database, directory), "running") << cut;
    write_file(directory / "journal.jsonl", text);
    write_file(directory / "exit.json", end);
    ASSERT_EQ(ingest_run(database, directory), "completed") << cut;
    ASSERT_EQ(contents(database), expected) << cut;
    database.write([](Connection& handle) { handle.exec("DELETE FROM run"); });
  }
  fs::remove(file);
  fs::remove(file.string() + "-journal");
}

TEST_F(IngestTest, WhatComesBeforeACorruptLineIsKept) {
  Database database(database_file());
  const fs::path directory = write_run(spec_);
  std::vector<std::string> lines = journal(spec_);
  write_file(directory / "journal.jsonl", lines[0] + lines[1] + "{\"torn\n" + lines[3]);
  fs::remove(directory / "exit.json");
  EXPECT_THAT(error_of([&] { ingest_run(database, directory); }),
              HasSubstr("line 3 of " + (directory / "journal.jsonl").string() + " is corrupt"));
  EXPECT_EQ(count(database, "SELECT next_line FROM run"), 2);
  EXPECT_EQ(count(database, "SELECT count(*) FROM v_runs WHERE state = 'running'"), 1);
}

/// However the journal of a run was damaged that its command called completed: it is no result.
TEST_F(IngestTest, ADamagedJournalNeverEndsAsCompleted) {
  const std::vector<std::string> lines = journal(spec_);
  std::string text;
  for (const std::string& line : lines) text += line;
  std::vector<std::string> damaged{text + "garbage\n", text + "torn", text + std::string(3, '\0')};
  for (size_t cut = 0; cut < text.size(); ++cut) damaged.push_back(text.substr(0, cut));
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string before = text.substr(0, text.find(lines[i]));
    const std::string after = text.substr(before.size() + lines[i].size());
    damaged.push_back(before + after);
    damaged.push_back(before + lines[i] + lines[i] + after);
    damaged.push_back(before + "garbage\n" + lines[i] + after);
    damaged.push_back(before + '\0' + lines[i].substr(1) + after);
  }
  const fs::path file = in_memory_folder() / (folder_.filename().string() + ".db");
  Database database(file);
  const fs::path directory = write_run(spec_);
  for (const std::string& journal : damaged) {
    write_file(directory / "journal.jsonl", journal);
    ASSERT_EQ(ingest_run(database, directory), "failed") << journal;
    ASSERT_NE(journal_damage(directory), "") << journal;
    database.write([](Connection& handle) { handle.exec("DELETE FROM run"); });
  }
  fs::remove(directory / "journal.jsonl");
  EXPECT_EQ(ingest_run(database, directory), "failed");
  EXPECT_EQ(run_details(database, spec_.id).summary.message,
            "its journal is damaged: " + (directory / "journal.jsonl").string() +
                " does not end with 'completed'");
  fs::remove(file);
}

/// Rows are written many at a time: whatever their number, each is what its line says.
TEST_F(IngestTest, EveryNumberOfMetricsIsKept) {
  Database database(database_file());
  const std::string id = spec_.id.substr(0, spec_.id.size() - 6);
  for (const int metrics : {1, 2, 47, 48, 49, 96, 145}) {
    RunSpec spec = spec_;
    spec.id = fmt::format("{}{:06}", id, metrics);
    const fs::path directory = write_run(spec);
    fs::remove(directory / "exit.json");
    nlohmann::json values;
    for (int i = 0; i < metrics; ++i) values[fmt::format("metric_{:03}", i)] = i + 0.5;
    values["metric_000"] = "nan";
    nlohmann::json event{{"event", "metric"}, {"time", "2026-01-01T00:00:00.000Z"}, {"epoch", 2}};
    std::string text;
    for (int line = 0; line < 2; ++line) {
      event.update({{"line", line}, {"step", 10 * line}, {"values", values}});
      text += event.dump() + '\n';
    }
    write_file(directory / "journal.jsonl", text);
    EXPECT_EQ(ingest_run(database, directory), "running");
    const auto rows = [&](const std::string& where) {
      return count(database, fmt::format("SELECT count(*) FROM metric WHERE run = '{}' AND {}",
                                         spec.id, where));
    };
    EXPECT_EQ(rows("step = 10 * line AND epoch = 2"), 2 * metrics);
    EXPECT_EQ(rows("name = 'metric_000' AND value IS NULL"), 2);
    EXPECT_EQ(rows("value = substr(name, 8) + 0.5"), 2 * (metrics - 1));
  }
}

TEST_F(IngestTest, KeepsTheLossOfEachStepAndWhatItWentOnFrom) {
  const fs::path directory = write_run(spec_);
  fs::remove(directory / "exit.json");
  std::string text;
  auto add = [&, line = 0](nlohmann::json event) mutable {
    event.update({{"line", line++}, {"time", "2026-01-01T00:00:00.000Z"}});
    text += event.dump() + '\n';
  };
  add({{"event", "resumed"}, {"stage", "pretrain"}, {"run", "before"}, {"step", 40}});
  const std::string two{"\0\0\x80\x3f\0\0\0\x40", 8};  // 1 and 2
  add({{"event", "losses"}, {"stage", "pretrain"}, {"first", 41}, {"losses", train::base64(two)}});
  add({{"event", "resumed"}, {"stage", "finetune_1pct"}, {"run", "before"}});
  write_file(directory / "journal.jsonl", text);
  Database database(database_file());
  EXPECT_EQ(ingest_run(database, directory), "running");
  EXPECT_EQ(count(database,
                  "SELECT count(*) FROM loss_trace WHERE line = 1 AND stage = 'pretrain' AND "
                  "first = 41 AND hex(losses) = '0000803F00000040'"),
            1);
  EXPECT_EQ(count(database, "SELECT count(*) FROM event WHERE event = 'losses'"), 0);
  EXPECT_EQ(count(database,
                  "SELECT count(*) FROM run WHERE resumed_from = 'before' AND resumed_step = 40"),
            1);
}

TEST_F(IngestTest, AnEndOfTheWrongTypeIsNamed) {
  Database database(database_file());
  const fs::path directory = write_run(spec_);
  write_file(directory / "exit.json", R"({"state":5})");
  EXPECT_EQ(error_of([&] { ingest_run(database, directory); }),
            (directory / "exit.json").string() + " is corrupt: type must be string, but is number");
  fs::remove(directory / "exit.json");
  ASSERT_EQ(mkfifo((directory / "exit.json").c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { ingest_run(database, directory); }),
            (directory / "exit.json").string() + " is no regular file");
}

TEST_F(IngestTest, BadFilesAreNamed) {
  Database database(database_file());
  const fs::path directory = write_run(spec_);
  const auto failing = [&] { return error_of([&] { ingest_run(database, directory); }); };
  write_file(directory / "exit.json", R"({"state":"asleep"})");
  EXPECT_EQ(failing(),
            (directory / "exit.json").string() + " is corrupt: 'asleep' is no state of a run");
  EXPECT_EQ(count(database, "SELECT count(*) FROM run"), 0);
  write_file(directory / "exit.json", "{");
  EXPECT_EQ(failing(),
            (directory / "exit.json").string() + " is corrupt: it must hold one JSON object");
  write_file(directory / "request.json", R"({"run":"x"})");
  fs::remove(directory / "exit.json");
  EXPECT_THAT(failing(), HasSubstr((directory / "request.json").string() + " is corrupt: "));
  fs::remove(directory / "request.json");
  EXPECT_EQ(failing(),
            (directory / "request.json").string() + " cannot be read: No such file or directory");
}

TEST_F(IngestTest, AttemptsAreCountedByTrial) {
  Database database(database_file());
  record_run(database, {.id = "20260101-000001-aaaaaa", .state = "failed"});
  record_run(database, {.id = "20260101-000002-bbbbbb"});
  record_run(database, {.id = "20260101-000003-cccccc", .seed = 1});
  EXPECT_EQ(run_details(database, "20260101-000002-bbbbbb").summary.attempt, 2);
  EXPECT_EQ(run_details(database, "20260101-000003-cccccc").summary.attempt, 1);
}

/// Two commands on one home may both see a run's end.
TEST_F(IngestTest, TwoConnectionsTakeTheSameRun) {
  Database one(database_file());
  Database two(database_file());
  const fs::path directory = write_run(spec_);
  const std::string text = read_file(directory / "journal.jsonl");
  write_file(directory / "journal.jsonl", text.substr(0, text.size() / 2));
  ingest_run(one, directory);
  ingest_run(two, directory);
  write_file(directory / "journal.jsonl", text);
  ingest_run(two, directory);
  ingest_run(one, directory);
  EXPECT_EQ(count(one, "SELECT count(*) FROM metric"), 4);
  EXPECT_EQ(count(one, "SELECT count(*) FROM result"), 1);
}

}  // namespace
}  // namespace sslx::record::test
