// The command as a process of its own, for the tests of what happens to it: where its output goes,
// which signals it inherits, and a home whose host only pretends to train.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::cli::test {

namespace fs = std::filesystem;

/// Four trials: two of simclr and two of random.
extern const char* const kDemoSweep;

class CommandTest : public ::testing::Test {
 protected:
  CommandTest();
  ~CommandTest() override;

  /// What the pretended host does in each trial (tests/host/sweep/fake_host.cpp).
  static void act(const std::string& what);
  /// Starts `sslx --home HOME WORDS...`; `before_exec` runs in the new process.
  pid_t start(const std::vector<std::string>& words,
              const std::function<void()>& before_exec = {}) const;
  /// `sslx sweep` of a sweep of four trials, two of simclr and two of random.
  pid_t start_sweep(const std::vector<std::string>& more = {},
                    const std::function<void()>& before_exec = {}) const;
  /// Its exit code, or minus the signal that ended it.
  static int end_of(pid_t pid);
  int run(const std::vector<std::string>& words,
          const std::function<void()>& before_exec = {}) const;
  int sweep(const std::vector<std::string>& more = {},
            const std::function<void()>& before_exec = {}) const;

  /// Both outputs of the last command.
  std::string text() const;
  size_t starts() const;  ///< Hosts that were started so far.
  void wait_for_starts(size_t count) const;
  /// The folders of runs, oldest first.
  std::vector<fs::path> runs() const;
  fs::path database() const { return home_ / "results" / "sslx.db"; }
  /// One value of the record.
  std::string value(const std::string& sql) const;
  /// `text` once `pattern` is in what a command printed, or in the end after a minute.
  bool comes(const std::string& pattern) const;

  fs::path home_;
  fs::path at_home_;  ///< That commands are started at, where it is another one.
};

std::string content(const fs::path& file);
void write(const fs::path& file, const std::string& bytes);
nlohmann::json object_in(const fs::path& file);

}  // namespace sslx::cli::test
