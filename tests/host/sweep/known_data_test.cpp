// Data that are not here: planned by what is known of them, told, and never in the place of data
// that are.
#include "host/sweep/known_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<KnownData> shipped() { return read_known_data({PUBLISHED}); }

nlohmann::json folder(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json out = DataFolder().resolve({{"name", "folder"}}, "test");
  out.update(more);
  return out;
}

TEST(DataToBeTest, IsWhatIsKnownWhereNothingIs) {
  DataToBe data(shipped());
  const fs::path nowhere = "/nowhere/imagenet";
  const auto sizes = data.sizes(folder({{"image_size", 256}}), nowhere);
  ASSERT_TRUE(sizes.has_value());
  EXPECT_EQ(sizes->train.labelled(), 1281167);
  EXPECT_EQ(sizes->train.classes.size(), 1000U);
  EXPECT_EQ(sizes->test.labelled(), 50000);
  EXPECT_EQ(sizes->image.height, 256);
  EXPECT_EQ(data.sizes(folder(), nowhere)->image.height, 0) << "they differ";
  EXPECT_THAT(data.note(folder(), nowhere),
              HasSubstr("/nowhere/imagenet are not here; planned as ILSVRC 2012"));
  EXPECT_FALSE(data.fingerprint(folder(), nowhere).empty());
  EXPECT_EQ(data.state(folder(), nowhere), "");
  EXPECT_FALSE(data.available(folder(), nowhere));
}

TEST(DataToBeTest, HoldsOutAndCountsWhatHasNoLabel) {
  DataToBe data(shipped());
  const auto held = data.sizes(folder({{"held_out_per_class", 200}}), "/nowhere/cifar10");
  EXPECT_EQ(held->train.labelled(), 48000);
  EXPECT_EQ(held->test.labelled(), 2000);
  const nlohmann::json stl10 = DataFolder().resolve({{"name", "stl10"}, {"unlabeled", true}}, "");
  EXPECT_EQ(data.sizes(stl10, "/nowhere/stl10")->train.unlabelled, 100000);
  EXPECT_THAT(data.note(stl10, "/nowhere/stl10"), HasSubstr("105000 training and 8000 test"));
}

TEST(DataToBeTest, LeavesDataThatAreHereAndThoseThatNobodyKnows) {
  DataToBe data(shipped());
  EXPECT_NE(message_of([&] { data.fingerprint(folder(), "/nowhere/pictures"); }), "");
  EXPECT_EQ(data.note(folder(), "/nowhere/pictures"), "");
  const nlohmann::json shapes = DataFolder().resolve({{"name", "shapes"}}, "");
  EXPECT_EQ(data.note(shapes, "/nowhere/cifar10"), "") << "these are drawn";
  EXPECT_EQ(data.sizes(shapes, "/nowhere/cifar10")->train.labelled(), 10000);
}

TEST(DataToBeTest, RefusesAFileThatSaysTooLittle) {
  const TestFolder folder;
  std::ofstream(folder.path / "datasets.toml") << "[[dataset]]\npath = \"x\"\nclasses = 10\n";
  EXPECT_THAT(message_of([&] { read_known_data({folder.path}); }),
              HasSubstr("datasets.toml:1: a known data set must have a path, classes"));
}

/// Weights that a plan names may be missing where it is only looked at.
TEST(DataToBeTest, APlanToLookAtMayLackItsWeights) {
  const SweepFile sweep =
      sweep_of(sweep_text("[[variants]]\nname = \"a\"\nbackbone = { weights = \"mine\" }\n"));
  TestData data;
  const PluginRegistry registry = test_registry();
  EXPECT_THAT(message_of([&] { make_plan(sweep, registry, data, "/nowhere"); }),
              HasSubstr("there are no weights called 'mine'"));
  const Plan plan = make_plan(sweep, registry, data, "/nowhere", {.may_lack_weights = true});
  EXPECT_THAT(plan.notes, ::testing::ElementsAre(HasSubstr("the weights 'mine' are not here")));
}

}  // namespace
}  // namespace sslx::sweep
