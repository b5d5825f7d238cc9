#include "tests/cli/command_run.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace sslx::cli::test {
namespace {

constexpr int kSteps = 6000;  // of 10 ms: a minute

}  // namespace

const char* const kDemoSweep = R"(name = "demo"
seeds = [0, 1]
[base]
data = { name = "shapes", train_size = 64, test_size = 32 }
view = [{ ops = [{ name = "flip" }] }]
backbone = { name = "resnet_small" }
[base.train]
epochs = 2
batch_size = 16
[[variants]]
name = "SimCLR"
method = { name = "simclr" }
[[variants]]
name = "random"
method = { name = "random" }
[table]
rows = ["variant"]
metrics = ["knn_top1", "seeds"]
)";

CommandTest::CommandTest() {
  std::string name = (fs::temp_directory_path() / "sslx-cli-XXXXXX").string();
  home_ = mkdtemp(name.data());
  write(home_ / "demo.toml", kDemoSweep);
  setenv("SSLX_HOST", FAKE_HOST, 1);
  setenv("FAKE_HOST_LOG", (home_ / "started.txt").c_str(), 1);
  act("succeed");
}

CommandTest::~CommandTest() {
  std::error_code error;
  fs::remove_all(home_, error);
}

void CommandTest::act(const std::string& what) { setenv("FAKE_HOST_ACT", what.c_str(), 1); }

pid_t CommandTest::start(const std::vector<std::string>& words,
                         const std::function<void()>& before_exec) const {
  std::vector<std::string> all{SSLX, "--home", (at_home_.empty() ? home_ : at_home_).string()};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string printed = ((at_home_.empty() ? home_ : at_home_) / "printed.txt").string();
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const int out = open(printed.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  close(out);
  if (before_exec) before_exec();
  execv(SSLX, arguments.data());
  _exit(127);
}

pid_t CommandTest::start_sweep(const std::vector<std::string>& more,
                               const std::function<void()>& before_exec) const {
  std::vector<std::string> words{"sweep", (home_ / "demo.toml").string()};
  words.insert(words.end(), more.begin(), more.end());
  return start(words, before_exec);
}

int CommandTest::end_of(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int CommandTest::run(const std::vector<std::string>& words,
                     const std::function<void()>& before_exec) const {
  return end_of(start(words, before_exec));
}

int CommandTest::sweep(const std::vector<std::string>& more,
                       const std::function<void()>& before_exec) const {
  return end_of(start_sweep(more, before_exec));
}

std::string CommandTest::text() const { return content(home_ / "printed.txt"); }

size_t CommandTest::starts() const {
  const std::string log = content(home_ / "started.txt");
  return static_cast<size_t>(std::count(log.begin(), log.end(), '\n'));
}

void CommandTest::wait_for_starts(size_t count) const {
  for (int i = 0; i < kSteps && starts() < count; ++i) usleep(10'000);
  ASSERT_GE(starts(), count) << text();
}

std::vector<fs::path> CommandTest::runs() const {
  std::vector<fs::path> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(home_ / "runs", none)) {
    if (entry.path().filename().string().starts_with("20")) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

std::string CommandTest::value(const std::string& sql) const {
  SQLite::Database handle(database().string(), SQLite::OPEN_READONLY, 10000);
  return handle.execAndGet(sql).getString();
}

bool CommandTest::comes(const std::string& pattern) const {
  for (int i = 0; i < kSteps; ++i) {
    if (text().find(pattern) != std::string::npos) return true;
    usleep(10'000);
  }
  return false;
}

std::string content(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

nlohmann::json object_in(const fs::path& file) {
  return nlohmann::json::parse(content(file), nullptr, /*allow_exceptions=*/false);
}

}  // namespace sslx::cli::test
