// What the next command makes of what was left behind: damaged journals, databases, claims and
// folders. Nothing is trained anew whose journal is whole, nothing damaged counts as a result.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/cli/command_run.h"

namespace sslx::cli::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Recovery : public CommandTest {
 protected:
  /// Four trials that have a result.
  void finish_all() const { ASSERT_EQ(sweep(), 0) << text(); }
  std::string completed() const {
    return value("SELECT count(DISTINCT trial) FROM run WHERE state = 'completed'");
  }
  void forget() const { fs::rename(database(), home_ / "away.db"); }
  fs::path claims() const { return home_ / "runs" / "claims"; }
};

TEST_F(Recovery, ADatabaseThatIsGoneIsMadeAgainFromTheJournals) {
  finish_all();
  act("fail");
  ASSERT_EQ(sweep({"--seeds", "3"}), 1);
  const size_t before = starts();
  forget();
  EXPECT_EQ(sweep({"--dry-run"}), 0);
  EXPECT_THAT(text(), HasSubstr("6 runs in "));
  EXPECT_FALSE(fs::exists(database()));
  act("succeed");
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_THAT(text(), HasSubstr("6 runs in "));
  EXPECT_THAT(text(), HasSubstr("all 4 trials have a result"));
  EXPECT_THAT(text(), HasSubstr("41.5"));
  EXPECT_EQ(starts(), before);
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'failed'"), "2");
}

TEST_F(Recovery, ADamagedDatabaseMovedAwayLosesNothing) {
  finish_all();
  fs::resize_file(database(), fs::file_size(database()) - 3);
  EXPECT_EQ(sweep(), 74);
  EXPECT_THAT(text(), HasSubstr("is damaged or no database"));
  EXPECT_THAT(text(), HasSubstr("`sslx db rebuild` makes it again from what lies in runs/"));
  for (const char* verb : {"report", "runs"}) EXPECT_EQ(run({verb}), 1);
  EXPECT_EQ(run({"db", "rebuild"}), 0) << text();
  EXPECT_THAT(text(), HasSubstr("is made anew: 4 runs from "));
  EXPECT_EQ(run({"report", "demo"}), 0) << text();
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_EQ(starts(), 4U);
}

TEST_F(Recovery, AnEmptyDatabaseIsNotSilentlyNew) {
  finish_all();
  write(database(), "");
  for (const char* verb : {"report", "runs"}) {
    EXPECT_EQ(run({verb}), 2) << text();
    EXPECT_THAT(text(), HasSubstr("is empty, though there are runs in "));
    EXPECT_THAT(text(), HasSubstr("`sslx sweep FILE` takes them in"));
  }
  fs::remove(database());
  EXPECT_EQ(run({"report"}), 2);
  EXPECT_THAT(text(), HasSubstr("`sslx sweep FILE` takes them in"));
  EXPECT_EQ(sweep(), 0);
  EXPECT_EQ(starts(), 4U);
}

/// After kill -9 nobody ends the record of what ran; who reads it is told all the same.
TEST_F(Recovery, RunsOfAKilledCommandAreNotRunning) {
  act("wait");
  const pid_t pid = start_sweep({"--jobs", "2"});
  wait_for_starts(2);
  for (int i = 0; i < 500 && !fs::exists(database()); ++i) usleep(10'000);
  const char* const running = "SELECT count(*) FROM run WHERE state = 'running'";
  for (int i = 0; i < 500 && value(running) != "2"; ++i) usleep(10'000);
  EXPECT_EQ(run({"runs", "--state", "lost"}), 0);
  EXPECT_EQ(text(), "no such run is recorded\n");
  EXPECT_EQ(run({"report", "demo"}), 0);
  EXPECT_THAT(text(), HasSubstr("running: "));
  kill(pid, SIGKILL);
  EXPECT_EQ(end_of(pid), -SIGKILL);
  for (const auto& claim : fs::directory_iterator(claims())) {
    const json host = object_in(claim.path()).value("host", json());
    if (host.is_object()) kill(host.at("pid").get<pid_t>(), SIGKILL);
  }
  usleep(200'000);
  ASSERT_EQ(value(running), "2") << "the record does not know yet";
  const std::string lost =
      "the command that ran it ended before it did; the next `sslx sweep` takes it in";
  EXPECT_EQ(run({"runs"}), 0);
  EXPECT_THAT(text(), HasSubstr(lost));
  EXPECT_THAT(text(), Not(HasSubstr("running")));
  EXPECT_EQ(run({"runs", "--state", "running"}), 0);
  EXPECT_EQ(text(), "no such run is recorded\n");
  EXPECT_EQ(run({"runs", "--state", "lost"}), 0);
  EXPECT_THAT(text(), HasSubstr(lost));
  EXPECT_EQ(run({"report", "demo"}), 0);
  EXPECT_THAT(text(), HasSubstr("lost: "));
  EXPECT_THAT(text(), Not(HasSubstr("running: ")));
  EXPECT_EQ(run({"show", runs().at(0).filename().string()}), 0);
  EXPECT_THAT(text(), HasSubstr(": lost: " + lost));
  act("succeed");
  EXPECT_EQ(sweep(), 0) << text();
}

TEST_F(Recovery, AReportOfADamagedDatabaseIsRefused) {
  finish_all();
  std::string bytes = content(database());
  for (size_t at = 3 * 4096; at < 3 * 4096 + 64; ++at) bytes[at] = '\x55';
  write(database(), bytes);
  for (const char* verb : {"report", "runs"}) {
    EXPECT_EQ(run({verb}), 1);
    EXPECT_THAT(text(), HasSubstr("is damaged or no database"));
  }
}

TEST_F(Recovery, ANegativeSchemaVersionIsASentence) {
  finish_all();
  std::string bytes = content(database());
  bytes.replace(60, 4, "\xff\xff\xff\xff", 4);
  write(database(), bytes);
  EXPECT_EQ(run({"report"}), 1);
  EXPECT_THAT(text(), HasSubstr("no sslx makes schema version -1"));
  EXPECT_THAT(text(), Not(HasSubstr("array::at")));
}

TEST_F(Recovery, ADamagedJournalIsToldKeptAsideAndRunAgain) {
  finish_all();
  const std::vector<fs::path> folders = runs();
  ASSERT_EQ(folders.size(), 4U);
  const std::string whole = content(folders[0] / "journal.jsonl");
  const auto journal = [&](size_t i) { return folders[i] / "journal.jsonl"; };
  write(journal(0), whole + "garbage\n");
  std::string nul = content(journal(1));
  nul[3] = '\0';
  write(journal(1), nul);
  write(journal(2), whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1));
  fs::remove(journal(3));
  forget();
  EXPECT_EQ(sweep(), 0) << text();
  for (const fs::path& folder : folders) {
    EXPECT_THAT(text(), HasSubstr("run " + folder.filename().string() +
                                  " is damaged and will be run again: "));
    EXPECT_FALSE(fs::exists(folder / "journal.jsonl"));
    EXPECT_EQ(object_in(folder / "exit.json")["state"], "failed");
  }
  EXPECT_EQ(content(folders[0] / "journal.jsonl.damaged"), whole + "garbage\n");
  EXPECT_EQ(starts(), 8U);
  EXPECT_EQ(completed(), "4");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'failed'"), "4");
  EXPECT_EQ(sweep(), 0);
  EXPECT_THAT(text(), Not(HasSubstr("will be run again")));
  EXPECT_EQ(starts(), 8U);
}

TEST_F(Recovery, AJournalThatIsDamagedWhileItsTrialRunsIsNoResult) {
  act("scribble");
  EXPECT_EQ(sweep(), 1);
  EXPECT_THAT(text(), HasSubstr("its journal is damaged: line "));
  EXPECT_EQ(completed(), "0");
  act("succeed");
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_EQ(starts(), 8U);
}

/// The row was written, the claim let go, and the end never recorded: as after a full disk.
TEST_F(Recovery, RowsThatStayedRunningAreEndedFromTheirFolders) {
  finish_all();
  const std::vector<fs::path> folders = runs();
  {
    SQLite::Database handle(database().string(), SQLite::OPEN_READWRITE);
    handle.exec("PRAGMA foreign_keys = ON");
    handle.exec("UPDATE run SET state = 'running', finished = NULL");
    handle.exec("DELETE FROM run WHERE id = '" + folders[1].filename().string() + "'");
  }
  fs::remove_all(folders[2]);
  fs::remove(folders[3] / "request.json");
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_EQ(starts(), 6U);
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'running'"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'lost'"), "2");
  EXPECT_EQ(completed(), "4");
}

TEST_F(Recovery, OddFilesInClaimsStopNoSweep) {
  finish_all();
  act("fail");
  ASSERT_EQ(sweep({"--seeds", "3"}), 1);
  act("succeed");
  write(claims() / "list", "[1, 2]");
  write(claims() / "number", R"({"run": 5, "executor": 7, "host": "x"})");
  write(claims() / "path", R"({"run": "../../results"})");
  write(claims() / "torn", R"({"run": "2026)");
  write(claims() / "nobody", R"({"run": "20260101-000000-aaaaaa", "executor": {"pid": "1"}})");
  fs::create_directory(claims() / "folder");
  ASSERT_EQ(mkfifo((claims() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(sweep({"--seeds", "3"}), 0) << text();
  EXPECT_TRUE(fs::exists(database()));
}

TEST_F(Recovery, AFolderInTheClaimsPlaceFailsItsTrialAlone) {
  ASSERT_EQ(sweep({"--dry-run"}), 0);
  ASSERT_EQ(sweep({"--seeds", "1"}), 0);
  const std::string trial = object_in(runs().at(0) / "request.json")["trial"];
  ASSERT_EQ(mkfifo((claims() / trial).c_str(), 0600), 0);
  EXPECT_EQ(sweep({"--retry"}), 1) << text();
  EXPECT_THAT(text(), HasSubstr((claims() / trial).string()));
  EXPECT_EQ(starts(), 2U + 3U);
}

TEST_F(Recovery, AnEndOfAWrongTypeIsMadeAgainFromTheJournal) {
  finish_all();
  const std::vector<fs::path> folders = runs();
  write(folders[0] / "exit.json", R"({"state": 5})");
  write(folders[1] / "exit.json", "[]");
  fs::remove(folders[2] / "exit.json");
  ASSERT_EQ(mkfifo((folders[2] / "exit.json").c_str(), 0600), 0);
  fs::remove(folders[3] / "exit.json");
  fs::create_directory(folders[3] / "exit.json");
  forget();
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_EQ(starts(), 4U);
  for (const fs::path& folder : folders) {
    EXPECT_EQ(object_in(folder / "exit.json")["state"], "completed");
    EXPECT_TRUE(fs::exists(fs::symlink_status(folder / "exit.json.damaged")));
  }
}

TEST_F(Recovery, ARequestThatIsNoneIsKeptAside) {
  finish_all();
  const std::vector<fs::path> folders = runs();
  write(folders[0] / "request.json", "[]");
  write(folders[1] / "request.json", R"({"run": 5})");
  write(folders[2] / "request.json", R"({"run": "x", "trial": 7})");
  forget();
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_THAT(text(), HasSubstr("is left out: its request is damaged, and kept as"));
  EXPECT_EQ(starts(), 4U + 3U);
  EXPECT_TRUE(fs::exists(folders[0] / "request.json.damaged"));
}

TEST_F(Recovery, TemporaryFilesAreRemoved) {
  act("wait");
  const pid_t pid = start_sweep();
  wait_for_starts(1);
  kill(pid, SIGKILL);
  end_of(pid);
  const fs::path store = home_ / "runs" / "plugins";
  write(runs()[0] / "weights.safetensors.part", "half");
  write(store / ".copy-old", "half");
  write(store / ".copy-new", "half");
  fs::last_write_time(store / ".copy-old",
                      fs::file_time_type::clock::now() - std::chrono::hours(2));
  act("succeed");
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_FALSE(fs::exists(runs()[0] / "weights.safetensors.part"));
  EXPECT_FALSE(fs::exists(store / ".copy-old"));
  EXPECT_TRUE(fs::exists(store / ".copy-new"));
}

}  // namespace
}  // namespace sslx::cli::test
