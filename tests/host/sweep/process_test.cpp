// What a trial started and left behind.
#include "host/sweep/process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

namespace sslx::sweep {
namespace {

std::string environment_of(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/environ");
  return {std::istreambuf_iterator<char>(in), {}};
}

/// One that needs a while to free its memory is dying when it is seen again, not gone.
TEST(KillMarked, WaitsUntilTheyAreGone) {
  std::string mark = "SSLX_RUN=kill-marked-" + std::to_string(getpid());
  std::string path = "PATH=/usr/bin:/bin";
  std::string python = "python3";
  std::string option = "-c";
  std::string code =
      "import time; kept = bytearray(b'1') * 700_000_000; print(1, flush=True); time.sleep(60)";
  char* const words[] = {python.data(), option.data(), code.data(), nullptr};
  char* const environment[] = {mark.data(), path.data(), nullptr};
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t pid = -1;
  ASSERT_EQ(posix_spawnp(&pid, "python3", &actions, nullptr, words, environment), 0);
  posix_spawn_file_actions_destroy(&actions);
  char ready = 0;
  ASSERT_EQ(read(ends[0], &ready, 1), 1);
  EXPECT_EQ(kill_marked(mark.substr(mark.find('=') + 1)), 1U);
  EXPECT_EQ(environment_of(pid), "");
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace sslx::sweep
