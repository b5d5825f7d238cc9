// The command while something goes wrong around it: a locked or vanished database, signals that it
// was told to ignore, hosts that are killed.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <memory>

#include "tests/cli/command_run.h"

namespace sslx::cli::test {
namespace {

using ::testing::HasSubstr;

class Endurance : public CommandTest {
 protected:
  /// Nobody else reads or writes the database until it is let go.
  std::unique_ptr<SQLite::Database> locked() const {
    auto handle =
        std::make_unique<SQLite::Database>(database().string(), SQLite::OPEN_READWRITE, 30000);
    handle->exec("BEGIN EXCLUSIVE");
    return handle;
  }
  /// Hosts that end as soon as the gate is opened.
  void act_at_gate() const {
    act("gate");
    setenv("FAKE_HOST_GATE", gate().c_str(), 1);
  }
  fs::path gate() const { return home_ / "gate"; }
  std::string completed() const {
    return value("SELECT count(*) FROM run WHERE state = 'completed'");
  }
};

TEST_F(Endurance, ALockedDatabaseCostsNoTrialAndNoSecondsOfIt) {
  act_at_gate();
  const pid_t pid = start_sweep({"--jobs", "4"});
  wait_for_starts(4);
  auto lock = locked();
  write(gate(), "");
  usleep(4'000'000);
  lock.reset();
  EXPECT_EQ(end_of(pid), 0) << text();
  EXPECT_EQ(starts(), 4U);
  EXPECT_EQ(completed(), "4");
  EXPECT_LT(std::stod(value("SELECT max(seconds) FROM run")), 3.5);
}

TEST_F(Endurance, InterruptsAreHeededWhileTheDatabaseIsLocked) {
  act("wait");
  const pid_t pid = start_sweep({"--jobs", "2"});
  wait_for_starts(2);
  auto lock = locked();
  usleep(500'000);
  kill(pid, SIGINT);
  EXPECT_EQ(end_of(pid), 75);  // the lock is held until then
  EXPECT_THAT(text(), HasSubstr("nothing can be recorded: "));
  lock.reset();
  act("succeed");
  EXPECT_EQ(sweep(), 0) << text();
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'interrupted'"), "2");
  EXPECT_EQ(starts(), 6U);
}

TEST_F(Endurance, ADatabaseThatVanishesStopsTheSweepAndLosesNothing) {
  for (const bool replaced : {false, true}) {
    fs::remove_all(home_ / "runs");
    fs::remove(home_ / "started.txt");
    fs::remove(database());
    fs::remove(gate());
    act_at_gate();
    const pid_t pid = start_sweep({"--jobs", "2"});
    wait_for_starts(2);
    fs::remove(database());
    if (replaced) write(database(), "");
    write(gate(), "");
    EXPECT_EQ(end_of(pid), 74);
    EXPECT_THAT(text(), HasSubstr("was deleted or replaced while it was in use"));
    EXPECT_EQ(starts(), 2U);
    act("succeed");
    EXPECT_EQ(sweep(), 0) << text();
    EXPECT_EQ(starts(), 4U);
    EXPECT_EQ(completed(), "4");
  }
}

TEST_F(Endurance, NohupIsHeeded) {
  act("slow");
  const pid_t pid = start_sweep({}, [] {
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
  });
  wait_for_starts(1);
  kill(pid, SIGHUP);
  kill(pid, SIGINT);
  EXPECT_EQ(end_of(pid), 0) << text();
  EXPECT_EQ(starts(), 4U);
}

TEST_F(Endurance, AKilledHostIsTriedAgainWithinTheCommand) {
  act("killed_once");
  EXPECT_EQ(sweep({"--jobs", "2"}), 0) << text();
  EXPECT_EQ(starts(), 8U);
  EXPECT_EQ(completed(), "4");
  EXPECT_EQ(value("SELECT count(*) FROM run WHERE state = 'crashed'"), "4");
  EXPECT_EQ(value("SELECT count(*) FROM event WHERE event = 'resumed'"), "4");
  act("abort");
  EXPECT_EQ(sweep({"--retry", "--retries", "0"}), 1);
  EXPECT_EQ(starts(), 12U);
  act("fail");
  EXPECT_EQ(sweep({"--retry"}), 1);
  EXPECT_EQ(starts(), 16U);
}

TEST_F(Endurance, APluginThatIsRefusedRunsNoOlderOne) {
  const fs::path folder = home_ / "mine";
  const fs::path own = fs::path(SSLX).parent_path().parent_path() / "plugins/methods/simclr.so";
  fs::create_directory(folder);
  fs::copy_file(own, folder / "simclr.so");
  fs::resize_file(folder / "simclr.so", 5000);
  const std::string file = (home_ / "demo.toml").string();
  const std::vector<std::vector<std::string>> verbs{
      {"sweep", file},
      {"sweep", file, "--dry-run"},
      {"plugins", "show", "simclr"},
      {"plugins", "show", "simclr", "--kind", "method"}};
  for (std::vector<std::string> words : verbs) {
    EXPECT_EQ(run(words, [&] { setenv("SSLX_PLUGIN_PATH", folder.c_str(), 1); }), 2);
    words.insert(words.begin(), {"--plugin-dir", folder.string()});
    EXPECT_EQ(run(words), 2);
    EXPECT_THAT(text(), HasSubstr("'simclr' cannot be used: " + (folder / "simclr.so").string() +
                                  ": it is cut short or damaged"));
  }
  EXPECT_EQ(starts(), 0U);
  EXPECT_EQ(run({"--plugin-dir", folder.string(), "plugins"}), 0);
  EXPECT_THAT(text(), HasSubstr("was found first and is refused"));
}

}  // namespace
}  // namespace sslx::cli::test
