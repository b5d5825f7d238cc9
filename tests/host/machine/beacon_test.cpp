// What a process is doing, seen from outside.
#include "host/machine/beacon.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sslx::machine {
namespace {

/// What a child does that has the beacon in its place.
void in_child(const Beacon& beacon, void (*act)()) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(beacon.descriptor(), kBeacon);
    light_beacon();
    act();
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
}

TEST(BeaconTest, ShowsWhoIsAtWorkInWhichStageAndStep) {
  const Beacon beacon;
  EXPECT_EQ(beacon.look().signs, 0U);
  EXPECT_EQ(beacon.look().text(), "");
  in_child(beacon, [] {
    begin_step(3);
    const AtWork seen("method 'x'", "loss");
    _exit(0);
  });
  EXPECT_EQ(beacon.look().doing, "method 'x' in loss");
  EXPECT_EQ(beacon.look().text(), "method 'x' in loss at step 3");
}

TEST(BeaconTest, GoesBackToWhatWasBefore) {
  const Beacon beacon;
  in_child(beacon, [] {
    const AtWork outer("training");
    { const AtWork inner("method 'x'", "loss"); }
    _exit(0);
  });
  EXPECT_EQ(beacon.look().text(), "training");
}

TEST(BeaconTest, CountsEverySignOfLife) {
  const Beacon beacon;
  in_child(beacon, [] {
    for (int i = 0; i < 7; ++i) sign_of_life();
  });
  EXPECT_EQ(beacon.look().signs, 7U);
  EXPECT_EQ(beacon.look().told, 0U);
  in_child(beacon, [] { sign_of_told(); });
  EXPECT_EQ(beacon.look().told, 1U);
}

TEST(BeaconTest, ATextThatIsTooLongIsCut) {
  const AtWork seen(std::string(300, 'm'), "loss");
  EXPECT_EQ(own_sighting().doing, std::string(Board::kText - 1, 'm'));
}

/// What a shell left open there is nobody's beacon.
TEST(BeaconTest, AnotherFileInItsPlaceIsLeftAlone) {
  const int other = open("/dev/null", O_RDWR);
  ASSERT_GE(other, 0);
  light_beacon(other);
  EXPECT_EQ(fcntl(other, F_GETFD), 0);
  { const AtWork seen("nobody"); }
  close(other);
}

}  // namespace
}  // namespace sslx::machine
