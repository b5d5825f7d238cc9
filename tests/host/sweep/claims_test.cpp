#include "host/sweep/claims.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

TEST(Claim, IsHeldByOneAtATime) {
  const TestFolder folder;
  auto one = Claim::take(folder.path / "t");
  ASSERT_TRUE(one);
  EXPECT_FALSE(Claim::take(folder.path / "t"));
  one->release();
  EXPECT_FALSE(std::filesystem::exists(folder.path / "t"));
  EXPECT_TRUE(Claim::take(folder.path / "t"));
}

TEST(Claim, KeepsItsTextWhenItsHolderDies) {
  const TestFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    auto claim = Claim::take(folder.path / "t");
    claim->write({{"run", "r1"}});
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  const auto claim = Claim::take(folder.path / "t");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->text().value("run", ""), "r1");
}

TEST(Claim, UnderContentionNeverHasTwoHolders) {
  const TestFolder folder;
  std::atomic<int> holders{0};
  std::atomic<int> taken{0};
  std::atomic<bool> twice{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        auto claim = Claim::take(folder.path / "t");
        if (!claim) continue;
        if (++holders > 1) twice = true;
        ++taken;
        --holders;
        claim->release();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(twice);
  EXPECT_GT(taken, 0);
}

}  // namespace
}  // namespace sslx::sweep
