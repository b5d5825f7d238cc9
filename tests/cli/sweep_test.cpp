// `sslx sweep` as a user runs it: the command itself, with a host that only pretends to train.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/cli/command_run.h"

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SweepCommand : public ::testing::Test {
 protected:
  SweepCommand() {
    std::string name = (fs::temp_directory_path() / "sslx-cli-XXXXXX").string();
    home_ = mkdtemp(name.data());
    write(sslx::cli::test::kDemoSweep);
    setenv("SSLX_HOST", FAKE_HOST, 1);
    setenv("FAKE_HOST_LOG", (home_ / "started.txt").c_str(), 1);
    act("succeed");
  }
  ~SweepCommand() override {
    std::error_code error;
    fs::remove_all(home_, error);
  }

  void write(const std::string& text) const { std::ofstream(home_ / "demo.toml") << text; }
  static void act(const char* what) { setenv("FAKE_HOST_ACT", what, 1); }
  fs::path printed() const { return home_ / "printed.txt"; }

  pid_t start(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"sweep", (home_ / "demo.toml").string()};
    words.insert(words.end(), more.begin(), more.end());
    return start_words(words);
  }
  pid_t start_words(const std::vector<std::string>& more) const {
    std::vector<std::string> words{SSLX, "--home", home_.string()};
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, printed().c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0644);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t pid = -1;
    EXPECT_EQ(posix_spawn(&pid, SSLX, &actions, nullptr, arguments.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
  }
  static int end_of(pid_t pid) {
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int run(const std::vector<std::string>& more = {}) const { return end_of(start(more)); }
  static std::string content(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string text() const { return content(printed()); }
  size_t starts() const {
    const std::string log = content(home_ / "started.txt");
    return static_cast<size_t>(std::count(log.begin(), log.end(), '\n'));
  }

  fs::path home_;
};

TEST_F(SweepCommand, DryRunPrintsTrialsAndCostAndLeavesNothing) {
  EXPECT_EQ(run({"--dry-run"}), 0);
  EXPECT_THAT(text(), HasSubstr("to do  SimCLR, seed 0"));
  EXPECT_THAT(text(), HasSubstr("4 of 4 trials to run; training steps: at most 32; time: unknown"));
  EXPECT_FALSE(fs::exists(home_ / "results"));
  EXPECT_FALSE(fs::exists(home_ / "runs"));
}

TEST_F(SweepCommand, RunsRecordsPrintsTheTableAndRunsNothingTwice) {
  EXPECT_EQ(run(), 0) << text();
  EXPECT_EQ(starts(), 4U);
  EXPECT_THAT(text(), HasSubstr("SimCLR"));
  EXPECT_THAT(text(), HasSubstr("41.5"));
  EXPECT_EQ(run(), 0);
  EXPECT_THAT(text(), HasSubstr("all 4 trials have a result"));
  EXPECT_EQ(starts(), 4U);
  EXPECT_EQ(run({"--seeds", "3", "--jobs", "2"}), 0);
  EXPECT_EQ(starts(), 6U);
  EXPECT_EQ(run({"--retry"}), 0);
  EXPECT_EQ(starts(), 10U);
}

TEST_F(SweepCommand, AFailingTrialGivesExitCodeOneAndNamesItsLog) {
  act("abort");
  EXPECT_EQ(run({"--jobs", "2", "--retries", "0"}), 1);
  EXPECT_THAT(text(), HasSubstr("SIGABRT ended it"));
  EXPECT_THAT(text(), HasSubstr("SimCLR, seed 0 crashed; its log is "));
  EXPECT_EQ(starts(), 4U);
  act("succeed");
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(starts(), 8U);
}

TEST_F(SweepCommand, AWrongKeyGivesExitCodeTwoAndTheLine) {
  write(std::string(sslx::cli::test::kDemoSweep) + "metric = []\n");
  EXPECT_EQ(run(), 2);
  EXPECT_EQ(text(), "sslx: demo.toml:19: table has no key 'metric'; the nearest is 'metrics'\n");
}

TEST_F(SweepCommand, InterruptedItEndsCleanlyAndGoesOn) {
  act("wait");
  const pid_t pid = start({"--jobs", "2"});
  while (starts() < 2) usleep(10'000);
  usleep(300'000);
  kill(pid, SIGINT);
  EXPECT_EQ(end_of(pid), 75);
  EXPECT_THAT(text(), HasSubstr("the same command goes on from there"));
  act("succeed");
  EXPECT_EQ(run(), 0) << text();
  EXPECT_EQ(starts(), 6U);
}

TEST_F(SweepCommand, KilledItIsTakenUpAgain) {
  act("wait");
  const pid_t pid = start({"--jobs", "2"});
  while (starts() < 2) usleep(10'000);
  usleep(300'000);
  kill(pid, SIGKILL);
  end_of(pid);
  act("succeed");
  EXPECT_EQ(run(), 0) << text();
  EXPECT_EQ(starts(), 6U);
}

TEST_F(SweepCommand, TwoAtOnceRunEachTrialOnce) {
  act("slow");
  const pid_t one = start({});
  const pid_t two = start({});
  EXPECT_EQ(end_of(one), 0);
  EXPECT_EQ(end_of(two), 0);
  EXPECT_EQ(starts(), 4U);
}

TEST_F(SweepCommand, HelpTellsTheDefaults) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_THAT(text(), HasSubstr("default: the file's, or 1"));
  EXPECT_THAT(text(), HasSubstr("75 interrupted"));
}

const char* const kMatrix = R"(name = "demo"
[base]
data = { name = "shapes", train_size = 512, test_size = 32 }
view = [{ ops = [{ name = "flip" }] }]
method = { name = "simclr" }
backbone = { name = "resnet_small" }
[pairs]
at = 1
ops = [{ name = "flip" }, { name = "flip", probability = 1, label = "mirror" }]
[table]
style = "matrix"
rows = ["first"]
columns = ["second"]
metrics = ["knn_top1"]
average = true
published = "demo.fig"
)";

const char* const kPublished = R"([[table]]
id = "demo.fig"
paper = "A paper"
where = "Figure 1"
metric = "knn_top1"
unit = "%"
verified = "memory"
rows = [{ first = "flip", second = "mirror", value = 12.5 }]
)";

TEST_F(SweepCommand, APublishedMatrixIsKeptInTheRecord) {
  write(kMatrix);
  EXPECT_EQ(run({"--dry-run"}), 2);
  EXPECT_THAT(text(), HasSubstr("sslx: demo.toml:16: there is no published table 'demo.fig' in "));
  fs::create_directories(home_ / "results" / "published");
  std::ofstream(home_ / "results" / "published" / "demo.toml") << kPublished;
  EXPECT_EQ(run({"--dry-run"}), 0) << text();
  EXPECT_THAT(text(), HasSubstr("simclr, first=flip, second=mirror, seed 0\n"));
  EXPECT_EQ(run(), 0) << text();
  EXPECT_EQ(starts(), 4U);
  fs::remove_all(home_ / "results" / "published");
  EXPECT_EQ(end_of(start_words({"report", "demo"})), 0);
  EXPECT_THAT(text(), HasSubstr("first   flip  mirror  average\n"
                                "flip    41.5    41.5     41.5\n"));
  EXPECT_THAT(text(), HasSubstr("published (recalled from memory): kNN top-1 %\n"
                                "first   flip  mirror  average\n"
                                "flip            12.5    ~12.5\n"));
  EXPECT_EQ(end_of(start_words({"report", "demo", "--color", "always"})), 0);
  EXPECT_THAT(text(), HasSubstr("\033[48;"));
  EXPECT_EQ(end_of(start_words({"report", "demo", "--color", "blue"})), 2);
}

}  // namespace
