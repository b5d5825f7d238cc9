// What the tests of the executor share: a record in the run folders themselves, what an observer
// saw, and plans whose trials do as they are told (fake_host.cpp).
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sslx/error.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <thread>

#include "host/sweep/claims.h"
#include "host/sweep/executor.h"
#include "host/sweep/interrupt.h"
#include "host/sweep/recovery.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {

using nlohmann::json;
namespace fs = std::filesystem;

/// The record, kept in the run directories themselves: what another process ended is seen too.
class FolderRecord : public RunRecord {
 public:
  explicit FolderRecord(fs::path home) : home_(std::move(home)) {}
  bool is_done(const Trial& trial) override {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(home_ / "runs", error)) {
      const json exit = read_claim(entry.path() / "exit.json");
      const json state = exit.value("state", "");
      const bool final = state == "completed" || state == "collapsed";
      if (final && read_claim(entry.path() / "request.json")["trial"] == trial.identity)
        return true;
    }
    return false;
  }
  std::string ingest(const fs::path& directory) override {
    ingested.insert(directory);
    return "";
  }
  std::set<fs::path> ingested;

 private:
  fs::path home_;
};

struct Events : Observer {
  void started(const RunView& run) override { log.push_back("start " + run.label); }
  void progressed(const std::vector<RunView>& runs) override {
    for (const RunView& run : runs) steps = std::max(steps, run.progress.step);
    for (const RunView& run : runs) {
      if (run.quiet_seconds > 0.25) doing = run.doing;
    }
    most = std::max(most, runs.size());
  }
  void finished(const RunView& run, const Outcome& outcome) override {
    outcomes[run.label] = outcome;
  }
  void note(const std::string& sentence) override { log.push_back(sentence); }
  std::vector<std::string> log;
  std::map<std::string, Outcome> outcomes;
  std::string doing;  ///< Of what was quiet.
  int64_t steps = 0;
  size_t most = 0;
};

Plan plan_for(const std::vector<std::string>& acts) {
  Plan plan{"test", "", {}, {}, {}};
  for (size_t i = 0; i < acts.size(); ++i) {
    Trial trial;
    trial.variant = acts[i];
    trial.config = nlohmann::json{{"method", {{"name", acts[i]}}}};
    trial.seed = i;
    trial.identity = trial_identity(trial.config, i);
    plan.trials.push_back(trial);
  }
  return plan;
}

class ExecutorTest : public ::testing::Test {
 protected:
  ExecutorTest() {
    options_.home = folder_.path;
    options_.host = FAKE_HOST;
    setenv("FAKE_HOST_LOG", log().c_str(), 1);
  }
  ~ExecutorTest() override { unsetenv("FAKE_HOST_LOG"); }
  fs::path log() const { return folder_.path / "started.txt"; }

  Summary run(const Plan& plan) { return execute(plan, options_, record_, events_, stop_); }
  const Outcome& outcome(const std::string& label) { return events_.outcomes[label]; }

  size_t starts() const {
    std::ifstream in(log());
    return static_cast<size_t>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
  }
  size_t claims_left() const {
    return static_cast<size_t>(std::distance(
        fs::directory_iterator(folder_.path / "runs" / "claims"), fs::directory_iterator()));
  }
  /// Fake hosts that still run for this home.
  size_t processes() const {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream in(entry.path() / "environ");
      const std::string text((std::istreambuf_iterator<char>(in)), {});
      std::error_code error;
      const fs::path exe = fs::read_symlink(entry.path() / "exe", error);
      if (exe == options_.host && text.find(log()) != std::string::npos) ++count;
    }
    return count;
  }

  TestFolder folder_;
  ExecutorOptions options_;
  FolderRecord record_{folder_.path};
  Events events_;
  std::atomic<int> stop_{0};
};

/// Runs the plan in a process of its own, as another command would.
inline pid_t in_child(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  body();
  _exit(0);
}

}  // namespace sslx::sweep
