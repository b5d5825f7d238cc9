#include "host/data/digest_cache.h"

#include <sslx/detail/digest.h>

#include <chrono>
#include <cstdlib>

#include "data_fixture.h"

namespace {

namespace fs = std::filesystem;
using sslx::data::DigestCache;
using sslx::test::read_file;
using sslx::test::write_file;

class Cache : public sslx::test::DataTest {
 protected:
  void SetUp() override {
    DataTest::SetUp();
    fs::create_directories(folder_ / "data");
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  void TearDown() override {
    unsetenv("XDG_CACHE_HOME");
    DataTest::TearDown();
  }

  fs::path file() const { return folder_ / "data" / "image.png"; }

  /// The file with this content, in place, and its state as if it had last changed `age` ago.
  void write(const std::string& bytes, std::chrono::hours age) {
    static const auto start = std::chrono::system_clock::now();
    write_file(file(), bytes);
    state_ = *sslx::data::state_of(file());
    state_.modified = std::chrono::nanoseconds((start - age).time_since_epoch()).count();
    state_.changed = state_.modified;
  }

  /// As one command does: digests, then saves.
  std::string digest() const {
    DigestCache cache(folder_ / "data");
    const std::string out = cache.digest({file(), state_});
    cache.save();
    return out;
  }

  fs::path cache_file() const { return *fs::directory_iterator(folder_ / "cache" / "sslx"); }

  sslx::data::FileState state_;
};

TEST_F(Cache, ReadsAFileOnce) {
  write("old", std::chrono::hours(1));
  EXPECT_EQ(digest(), sslx::sha256_hex("old"));
  write("new", std::chrono::hours(1));  // Same size, same time: it is not read.
  EXPECT_EQ(digest(), sslx::sha256_hex("old"));
  write("new", std::chrono::hours(2));
  EXPECT_EQ(digest(), sslx::sha256_hex("new"));
  write("newer", std::chrono::hours(2));
  EXPECT_EQ(digest(), sslx::sha256_hex("newer"));
  const fs::path cache = folder_ / "cache" / "sslx";
  EXPECT_EQ(std::distance(fs::directory_iterator(cache), fs::directory_iterator()), 1);
}

/// An image replaced by another of equal size and time, as `cp -p` and `rsync -t` leave it.
TEST_F(Cache, SeesAFileReplacedByOneOfEqualSizeAndTime) {
  write("old", std::chrono::hours(2));
  EXPECT_EQ(digest(), sslx::sha256_hex("old"));
  const auto before = state_;
  write("new", std::chrono::hours(2));
  state_.inode = before.inode + 1;
  EXPECT_EQ(digest(), sslx::sha256_hex("new"));
  state_ = before;
  digest();
  state_.changed += 1;  // Written in place, and its time set back.
  EXPECT_EQ(digest(), sslx::sha256_hex("new"));
}

/// The time of the content may be an old one's; when it came here cannot be.
TEST_F(Cache, TrustsNoFileThatCameJustNow) {
  write("old", std::chrono::hours(1));
  state_.changed = sslx::data::state_of(file())->changed;
  EXPECT_EQ(digest(), sslx::sha256_hex("old"));
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

TEST_F(Cache, TrustsNoFileChangedJustNow) {
  write("old", std::chrono::hours(0));
  EXPECT_EQ(digest(), sslx::sha256_hex("old"));
  EXPECT_FALSE(fs::exists(folder_ / "cache"));
}

TEST_F(Cache, DamageIsIgnored) {
  write("old", std::chrono::hours(1));
  digest();
  const std::string whole = read_file(cache_file());
  write("new", std::chrono::hours(1));
  for (size_t place = 0; place < whole.size(); ++place) {
    std::string flipped = whole;
    flipped[place] = static_cast<char>(flipped[place] ^ 1);
    for (const std::string& damaged : {whole.substr(0, place), flipped}) {
      write_file(cache_file(), damaged);
      EXPECT_EQ(DigestCache(folder_ / "data").digest({file(), state_}), sslx::sha256_hex("new"))
          << place;
    }
  }
}

TEST_F(Cache, ThatCannotBeWrittenIsIgnored) {
  write_file(folder_ / "cache", "a file where the folder would be");
  write("old", std::chrono::hours(1));
  EXPECT_EQ(digest(), sslx::sha256_hex("old"));
}

}  // namespace
