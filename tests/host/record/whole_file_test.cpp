#include "host/record/whole_file.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class WholeFileTest : public RecordTest {
 protected:
  fs::path file() const { return folder_ / "file"; }
  size_t files() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
};

TEST_F(WholeFileTest, WhatAKilledWriterLeftIsUsedAgain) {
  write_file(file().string() + ".tmp", std::string(100, 'x'));
  write_whole(file(), "new");
  EXPECT_EQ(read_file(file()), "new");
  EXPECT_EQ(files(), 1U);
}

TEST_F(WholeFileTest, OfSeveralWritersEachWritesWhole) {
  constexpr int kWriters = 4;
  in_processes(kWriters, [&](int writer) {
    const std::string bytes(10'000U * static_cast<size_t>(writer + 1),
                            static_cast<char>('a' + writer));
    for (int i = 0; i < 30; ++i) {
      write_whole(file(), bytes);
      const std::string seen = read_file(file());
      if (seen.empty() || seen.size() != 10'000U * static_cast<size_t>(seen[0] - 'a' + 1) ||
          seen.find_first_not_of(seen[0]) != std::string::npos) {
        return false;
      }
    }
    return true;
  });
  EXPECT_EQ(files(), 1U);
}

TEST_F(WholeFileTest, AFolderThatIsGoneIsNamed) {
  EXPECT_THAT(error_of([&] { write_whole(folder_ / "none" / "file", "x"); }),
              HasSubstr("none/file cannot be written: No such file or directory"));
}

}  // namespace
}  // namespace sslx::record::test
