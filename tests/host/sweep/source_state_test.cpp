#include "host/sweep/source_state.h"

#include <gmock/gmock.h>
#include <sslx/detail/digest.h>

#include <fstream>
#include <iterator>

#include "host/record/compress.h"
#include "host/record/differences.h"
#include "host/sweep/process.h"
#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class SourceStateTest : public ::testing::Test {
 protected:
  SourceStateTest() {
    git({"init", "-q"});
    put("model.cpp", "int layers = 1;\n");
    put("sweeps/a.toml", "name = 'a'\n");
    git({"add", "."});
    git({"commit", "-q", "-m", "begin"});
  }

  std::string git(std::vector<std::string> words) const {
    std::vector<std::string> command{"git",         "-C", checkout_.string(),        "-c",
                                     "user.name=T", "-c", "user.email=t@example.org"};
    command.insert(command.end(), words.begin(), words.end());
    return output_of(command);
  }

  void put(const std::string& name, const std::string& text) const {
    fs::create_directories((checkout_ / name).parent_path());
    std::ofstream(checkout_ / name) << text;
  }

  SourceState state() const { return source_state(checkout_ / "sweeps"); }

  const TestFolder folder_;
  const fs::path checkout_ = folder_.path / "check out";
  const bool made_ = fs::create_directories(checkout_);
};

TEST_F(SourceStateTest, WhatIsCommittedHasNoDifference) {
  const SourceState clean = state();
  EXPECT_EQ(clean.commit, git({"rev-parse", "HEAD"}));
  EXPECT_EQ(clean.commit.size(), 40U);
  EXPECT_FALSE(clean.dirty);
  EXPECT_EQ(clean.difference + clean.note, "");
}

TEST_F(SourceStateTest, ChangesAndNewSourcesAreTheDifference) {
  put("model.cpp", "int layers = 2;\n");
  put("plugins/new one.cpp", "int fresh;\n");
  put("key.pem", "secret\n");
  const std::string before = git({"status", "--porcelain"});
  const SourceState dirty = state();
  EXPECT_TRUE(dirty.dirty);
  EXPECT_THAT(dirty.difference, HasSubstr("-int layers = 1;\n+int layers = 2;\n"));
  EXPECT_THAT(dirty.difference, HasSubstr("+int fresh;\n"));
  EXPECT_THAT(dirty.difference, Not(HasSubstr("secret")));
  EXPECT_EQ(git({"status", "--porcelain"}), before) << "the index was changed";
  git({"stash", "-q"});
  fs::remove(checkout_ / "plugins/new one.cpp");
  std::ofstream(folder_.path / "difference") << dirty.difference;
  git({"apply", (folder_.path / "difference").string()});
  EXPECT_EQ(git({"diff", "HEAD"}).empty(), false);
  std::ifstream in(checkout_ / "plugins/new one.cpp");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "int fresh;\n");
}

TEST_F(SourceStateTest, OneThatIsTooLongIsSaidAndNotKept) {
  std::string long_text;
  for (int i = 0; long_text.size() <= record::kLargestDifference; ++i) {
    long_text += "int a_line_of_many_" + std::to_string(i) + " = 0;\n";
  }
  put("model.cpp", long_text);
  const SourceState dirty = state();
  EXPECT_TRUE(dirty.dirty);
  EXPECT_EQ(dirty.difference, "");
  EXPECT_THAT(dirty.note, HasSubstr("more than 16 MiB, and is not recorded"));
  EXPECT_FALSE(keep_source(dirty, folder_.path / "runs").contains("difference"));
}

TEST_F(SourceStateTest, IsKeptBesideTheRunsUnderItsDigest) {
  put("model.cpp", "int layers = 2;\n");
  const SourceState dirty = state();
  const fs::path runs = folder_.path / "runs";
  const nlohmann::json kept = keep_source(dirty, runs);
  EXPECT_EQ(kept.at("difference"), sha256_hex(dirty.difference));
  std::ifstream in(record::difference_file(runs, kept.at("difference")), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  EXPECT_EQ(record::expanded(bytes, record::kLargestDifference), dirty.difference);
  EXPECT_EQ(keep_source(dirty, runs), kept);
}

TEST(SourceState, OutsideACheckoutThereIsNone) {
  const TestFolder folder;
  const SourceState none = source_state(folder.path);
  EXPECT_EQ(none.commit + none.difference + none.note, "");
  EXPECT_FALSE(none.dirty);
}

}  // namespace
}  // namespace sslx::sweep
