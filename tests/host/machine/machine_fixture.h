// A file system of its own for each test, with the files of /proc and /sys that tell of a machine.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace sslx::test {

class MachineTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// `file` is within the root, as "proc/stat".
  void write(const std::string& file, const std::string& text) const;
  /// A machine with the cpu controller in version 1, and the process in that group.
  void mount_v1(const std::string& group) const;
  void mount_v2(const std::string& group) const;
  /// /proc/stat of two processors with so many ticks each, idle and busy.
  void ticks(int idle0, int busy0, int idle1, int busy1) const;
  /// User and system time of this process.
  void own_ticks(int user, int system) const;

  std::filesystem::path root_;
};

}  // namespace sslx::test
