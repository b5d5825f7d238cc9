#include "host/sweep/claims.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>
#include <vector>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

/// The files of claims in a folder of runs.
size_t files(const TestFolder& folder) {
  const std::filesystem::directory_iterator at(folder.path / "claims");
  return static_cast<size_t>(std::distance(at, std::filesystem::directory_iterator()));
}

/// Another machine, as far as this process can pretend to be one: of another boot.
class OtherMachine {
 public:
  OtherMachine() { setenv("SSLX_BOOT_ID", "another", 1); }
  ~OtherMachine() { unsetenv("SSLX_BOOT_ID"); }
};

TEST(Claim, IsHeldByOneAtATime) {
  const TestFolder folder;
  Claims claims(folder.path);
  Claims others(folder.path);
  auto one = claims.take("t");
  ASSERT_TRUE(one);
  EXPECT_FALSE(others.take("t"));
  EXPECT_FALSE(claims.take("t"));
  EXPECT_TRUE(others.take("u"));
  EXPECT_TRUE(one->seal());
  EXPECT_FALSE(others.take("t"));
  one->release();
  EXPECT_EQ(files(folder), 1U);
  EXPECT_TRUE(others.take("t"));
}

TEST(Claim, KeepsItsTextWhenItsHolderDies) {
  const TestFolder folder;
  for (const bool sealed : {false, true}) {
    const pid_t child = fork();
    if (child == 0) {
      Claims claims(folder.path);
      auto claim = claims.take("t");
      claim->write({{"run", "r1"}});
      if (sealed) claim->seal();
      kill(getpid(), SIGKILL);
    }
    waitpid(child, nullptr, 0);
    Claims claims(folder.path);
    auto claim = claims.take("t");
    ASSERT_TRUE(claim);
    EXPECT_EQ(run_of(claim->text()), "r1");
    claim->release();
    EXPECT_EQ(files(folder), 0U);
    claims.remove_litter();
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path / "executors"), {}), 1);
  }
}

/// After a restart nobody can tell that a command of before it is dead; other machines' files stay.
TEST(Claim, ACommandThatHasNotCountedForAnHourLeavesNoFile) {
  const TestFolder folder;
  const Claims claims(folder.path);
  const std::filesystem::path executors = folder.path / "executors";
  nlohmann::json earlier = own_executor();
  earlier["boot"] = "another";
  for (const char* name : {"old", "young"}) std::ofstream(executors / name) << earlier;
  const auto hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::minutes(61);
  std::filesystem::last_write_time(executors / "old", hour_ago);
  claims.remove_litter();
  EXPECT_FALSE(std::filesystem::exists(executors / "old"));
  EXPECT_TRUE(std::filesystem::exists(executors / "young"));
}

TEST(Claim, OneThatIsLeftIsTheNextOnesAtOnce) {
  const TestFolder folder;
  Claims claims(folder.path);
  claims.take("t")->write({{"run", "r1"}});
  Claims others(folder.path);
  const auto claim = others.take("t");
  ASSERT_TRUE(claim);
  EXPECT_EQ(run_of(claim->text()), "r1");
}

/// The number of a dead process may be another's by now; its start tells them apart.
TEST(Claim, OfAProcessWhoseNumberIsTakenIsFree) {
  const TestFolder folder;
  std::filesystem::create_directories(folder.path / "claims");
  nlohmann::json executor = own_executor();
  executor["start"] = executor["start"].get<uint64_t>() + 1;
  std::ofstream(folder.path / "claims" / "t.1") << nlohmann::json{{"executor", executor}};
  EXPECT_TRUE(Claims(folder.path).take("t"));
}

TEST(Claim, OfAnotherMachineExpiresByItsHeartbeatAndIsFenced) {
  const TestFolder folder;
  constexpr std::chrono::milliseconds expiry{4000};  // four beats: on a busy machine they come late
  {
    const OtherMachine other;
    const pid_t child = fork();  // before this process has a thread, whose locks it would inherit
    if (child == 0) {  // it lives past the expiry, is stopped for as long again, and goes on
      Claims claims(folder.path);
      auto claim = claims.take("t");
      std::ofstream(folder.path / "taken") << "yes";
      usleep(6'000'000);
      raise(SIGSTOP);
      _exit(claim->seal() ? 1 : 0);
    }
    while (!std::filesystem::exists(folder.path / "taken")) usleep(10'000);
    unsetenv("SSLX_BOOT_ID");
    Claims waiting(folder.path, expiry);
    std::optional<Claim> claim;
    int status = 0;
    bool stopped = false;
    while (!claim) {
      stopped = stopped || waitpid(child, &status, WUNTRACED | WNOHANG) == child;
      if (auto taken = waiting.take("t")) claim.emplace(std::move(*taken));
      usleep(20'000);
    }
    EXPECT_TRUE(stopped) << "it was taken from one that lives";
    if (!stopped) waitpid(child, &status, WUNTRACED);
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_TRUE(claim->seal());
    claim->release();
  }
  EXPECT_EQ(files(folder), 0U);
}

TEST(Claim, AResultThatComesAfterAllIsOverDoesNotCount) {
  const TestFolder folder;
  Claims claims(folder.path, std::chrono::milliseconds(0));
  Claims others(folder.path, std::chrono::milliseconds(0));
  auto late = others.take("t");
  std::optional<Claim> claim;
  while (!claim) {
    if (auto taken = claims.take("t")) claim.emplace(std::move(*taken));
  }
  EXPECT_TRUE(claim->seal());
  claim->release();
  EXPECT_FALSE(late->seal());
  late->release();
  EXPECT_EQ(files(folder), 0U);
}

TEST(Claim, UnderContentionNeverHasTwoHolders) {
  const TestFolder folder;
  std::atomic<int> holders{0};
  std::atomic<int> taken{0};
  std::atomic<bool> twice{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      Claims claims(folder.path);
      for (int i = 0; i < 300; ++i) {
        auto claim = claims.take("t");
        if (!claim) continue;
        if (++holders > 1) twice = true;
        ++taken;
        --holders;
        if (!claim->seal()) twice = true;
        claim->release();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(twice);
  EXPECT_GT(taken, 0);
  EXPECT_EQ(files(folder), 0U);
}

TEST(Claim, CompanyIsSeenAlsoWhenItIsGone) {
  const TestFolder folder;
  Claims claims(folder.path);
  EXPECT_FALSE(claims.has_company());
  { const Claims others(folder.path); }
  EXPECT_TRUE(claims.has_company());
  EXPECT_FALSE(claims.has_company());
}

}  // namespace
}  // namespace sslx::sweep
