#include "host/record/differences.h"

#include <gtest/gtest.h>
#include <sslx/detail/digest.h>

#include "host/record/compress.h"
#include "host/record/ingest.h"
#include "host/record/runs.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

namespace fs = std::filesystem;

class DifferencesTest : public RecordTest {
 protected:
  /// A run whose request names that difference.
  std::string record_with(const std::string& id, const std::string& sha256) {
    const fs::path directory = write_run({.id = id});
    nlohmann::json text = nlohmann::json::parse(read_file(directory / "request.json"));
    text["git"]["dirty"] = true;
    text["git"]["difference"] = sha256;
    write_file(directory / "request.json", text.dump());
    ingest_run(database_, directory);
    return id;
  }

  Database database_{database_file()};
  const std::string text_ = "diff --git a/x.cpp b/x.cpp\n+int x;\n";
  const std::string sha256_ = sha256_hex(text_);
  const fs::path file_ = difference_file(folder_ / "runs", sha256_);
};

TEST_F(DifferencesTest, RunsShareOne) {
  write_file(file_, compressed(text_));
  const std::string a = record_with("20260101-000001-aaaaaa", sha256_);
  const std::string b = record_with("20260101-000002-aaaaaa", sha256_);
  EXPECT_EQ(difference_of(database_, a), text_);
  EXPECT_EQ(difference_of(database_, b), text_);
  EXPECT_EQ(count(database_, "SELECT count(*) FROM source_difference"), 1);
  EXPECT_EQ(run_details(database_, a).difference_bytes, static_cast<int64_t>(text_.size()));
}

/// Neither a file that is missing, nor one that is another, nor a name that leads elsewhere.
TEST_F(DifferencesTest, WhatIsNotThatTextIsNotTaken) {
  const std::string gone = record_with("20260101-000001-aaaaaa", sha256_);
  EXPECT_EQ(difference_of(database_, gone), std::nullopt);
  for (const std::string& bytes : {std::string("no zlib"), compressed("another text")}) {
    write_file(file_, bytes);
    EXPECT_EQ(difference_of(database_, record_with("20260101-000002-aaaaaa", sha256_)),
              std::nullopt);
  }
  write_file(folder_ / "runs" / "outside.z", compressed(text_));
  const std::string led = record_with("20260101-000003-aaaaaa", "../outside");
  EXPECT_EQ(difference_of(database_, led), std::nullopt);
  EXPECT_EQ(count(database_, "SELECT count(*) FROM source_difference"), 0);
  EXPECT_EQ(count(database_, "SELECT count(*) FROM run WHERE git_dirty"), 3);
}

}  // namespace
}  // namespace sslx::record::test
