#include "host/machine/load.h"

#include "tests/host/machine/machine_fixture.h"

namespace sslx::machine {
namespace {

class Load : public test::MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    ticks(1000, 50, 1000, 70);
    own_ticks(10, 10);
    write("proc/loadavg", "0.25 0.10 0.05 1/99 7\n");
  }
};

TEST_F(Load, OfOthersIsWhatIsBusyWithoutThisProcess) {
  const LoadWatch watch(root_, {0, 1});
  ticks(1000, 150, 1040, 130);
  own_ticks(40, 20);
  // 160 of 200 ticks were busy, 40 of them this process: 120 of 200 on two processors.
  EXPECT_DOUBLE_EQ(watch.others().value(), 1.2);
}

TEST_F(Load, CountsTheProcessorsOfTheMaskAlone) {
  const LoadWatch watch(root_, {0});
  ticks(1100, 50, 1000, 170);
  EXPECT_DOUBLE_EQ(watch.others().value(), 0);
}

TEST_F(Load, IsNoneOfSoShortATimeThatTheClockCannotDivideIt) {
  const LoadWatch watch(root_, {0, 1});
  EXPECT_EQ(watch.others(), std::nullopt);
  ticks(1010, 55, 1005, 70);
  EXPECT_EQ(watch.others(), std::nullopt);
}

TEST_F(Load, IsNoneWhereTheSystemDoesNotSay) {
  std::filesystem::remove_all(root_ / "proc");
  EXPECT_EQ(LoadWatch(root_, {0}).others(), std::nullopt);
  EXPECT_EQ(load_average(root_), std::nullopt);
}

TEST_F(Load, LeavesFreeCoresByWholeOnes) {
  EXPECT_EQ(free_cores(2, 2, 0.4), 2);
  EXPECT_EQ(free_cores(2, 2, 0.96), 1);
  EXPECT_EQ(free_cores(2, 2, 2.0), 1) << "there is always one";
  EXPECT_EQ(free_cores(4, 64, 30.0), 4) << "a quota of 4 of 64: enough are idle";
  EXPECT_EQ(free_cores(4, 64, 62.0), 2);
}

TEST_F(Load, OfARunThatHadItsCoresIsRecordedAsUndisturbed) {
  const LoadWatch watch(root_, {0, 1});
  ticks(1000, 150, 1000, 170);
  own_ticks(100, 110);
  const nlohmann::json record = load_record(watch, 0.1, 2, root_);
  EXPECT_EQ(record.dump(), R"({"cores":2,"disturbed":false,"end":0.25,"others":0.1,"start":0.1})");
}

TEST_F(Load, OfARunWhoseCoresWereTakenIsRecordedAsDisturbed) {
  const LoadWatch watch(root_, {0, 1});
  ticks(1000, 150, 1000, 170);
  own_ticks(60, 60);
  EXPECT_EQ(load_record(watch, 0.1, 2, root_).at("disturbed"), true);
  EXPECT_EQ(load_record(watch, 0.1, 1, root_).at("disturbed"), false) << "one thread had its core";
}

TEST_F(Load, OfMoreThreadsThanAQuotaAllowsIsRecordedAsDisturbed) {
  const LoadWatch watch(root_, {0, 1});
  ticks(1000, 150, 1000, 170);
  own_ticks(110, 110);
  mount_v2("/a");
  write("sys/fs/cgroup/a/cpu.max", "100000 100000\n");
  EXPECT_EQ(load_record(watch, 0.1, 2, root_).at("disturbed"), true);
}

}  // namespace
}  // namespace sslx::machine
