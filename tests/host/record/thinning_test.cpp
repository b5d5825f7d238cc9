#include "host/record/thinning.h"

#include <gmock/gmock.h>

#include "host/record/ingest.h"
#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class ThinningTest : public RecordTest {
 protected:
  /// A run with every kind of file.
  void fill(const RunSpec& spec) {
    const fs::path directory = write_run(spec);
    for (const char* name : {"checkpoint-00000010.safetensors", "features.safetensors",
                             "weights.safetensors", "host.log"}) {
      write_file(directory / name, "1234");
    }
    if (spec.state == "running") fs::remove(directory / "exit.json");
    ingest_run(database_, directory);
  }
  /// "RUN/FILE" of what may go.
  std::vector<std::string> thin(const Thinning& thinning) {
    std::vector<std::string> out;
    for (const ThinFile& file : files_to_thin(database_, thinning)) {
      EXPECT_EQ(file.bytes, 4U);
      out.push_back(fs::relative(file.file, folder_ / "runs").string().substr(14));
    }
    std::ranges::sort(out);
    return out;
  }

  Database database_{database_file()};
};

TEST_F(ThinningTest, OnlyCheckpointsOfTrialsThatEndedGoByThemselves) {
  fill({.id = "20260101-000001-aaaaaa", .seed = 0});
  fill({.id = "20260101-000002-aaaaaa", .seed = 1, .state = "crashed"});
  fill({.id = "20260101-000003-aaaaaa", .seed = 2, .state = "running"});
  EXPECT_THAT(thin({}), ElementsAre("1-aaaaaa/checkpoint-00000010.safetensors"));
}

TEST_F(ThinningTest, WhatAKilledRunHadGoesOnceItsTrialEnded) {
  fill({.id = "20260101-000001-aaaaaa", .state = "crashed"});
  EXPECT_THAT(thin({.features = true, .old_weights = true, .all_weights = true}), IsEmpty());
  fill({.id = "20260101-000002-aaaaaa"});
  EXPECT_THAT(thin({}), ElementsAre("1-aaaaaa/checkpoint-00000010.safetensors",
                                    "2-aaaaaa/checkpoint-00000010.safetensors"));
}

TEST_F(ThinningTest, TheNewestWeightsOfATrialAreAskedForByName) {
  fill({.id = "20260101-000001-aaaaaa"});
  fill({.id = "20260101-000002-aaaaaa"});
  fill({.id = "20260101-000003-aaaaaa", .plugin_sha256 = "bb"});  // of another build
  const std::vector<std::string> some = thin({.old_weights = true});
  EXPECT_EQ(std::ranges::count(some, "1-aaaaaa/weights.safetensors"), 1);
  EXPECT_EQ(some.size(), 4U);
  EXPECT_EQ(thin({.all_weights = true}).size(), 6U);
  EXPECT_EQ(thin({.features = true}).size(), 6U);
}

}  // namespace
}  // namespace sslx::record::test
