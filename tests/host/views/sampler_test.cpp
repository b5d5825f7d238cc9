#include "host/data/sampler.h"

#include <gmock/gmock.h>
#include <sslx/error.h>

#include <numeric>

namespace sslx::data {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

TEST(Sampler, VisitsEveryImageOnceAnEpoch) {
  const Sampler sampler(1000, 64, false, 3);
  std::vector<int64_t> all(1000);
  std::iota(all.begin(), all.end(), 0);
  const std::vector<int64_t> order = sampler.order(0);
  EXPECT_THAT(order, UnorderedElementsAreArray(all));
  EXPECT_NE(order, all);
}

TEST(Sampler, OrderIsAFunctionOfSeedAndEpochAlone) {
  const Sampler sampler(500, 64, true, 3);
  const Sampler other_batch(500, 7, false, 3);
  EXPECT_EQ(sampler.order(5), other_batch.order(5));
  EXPECT_NE(sampler.order(5), sampler.order(6));
  EXPECT_NE(sampler.order(5), Sampler(500, 64, true, 4).order(5));
}

TEST(Sampler, DropLastLeavesOutTheRest) {
  const Sampler drop(10, 4, true, 0);
  const Sampler keep(10, 4, false, 0);
  EXPECT_EQ(drop.batches_per_epoch(), 2);
  EXPECT_EQ(keep.batches_per_epoch(), 3);
  const std::vector<int64_t> order = keep.order(0);
  EXPECT_EQ(keep.batch(order, 0).size(), 4U);
  EXPECT_EQ(keep.batch(order, 2).size(), 2U);
  EXPECT_EQ(keep.batch(order, 2)[1], order[9]);
}

TEST(Sampler, EveryImageIsEquallyOftenAtEachPlace) {
  const Sampler sampler(5, 1, false, 11);
  std::array<std::array<int, 5>, 5> counts{};
  for (int64_t epoch = 0; epoch < 5000; ++epoch) {
    const std::vector<int64_t> order = sampler.order(epoch);
    for (size_t place = 0; place < 5; ++place) ++counts[place][static_cast<size_t>(order[place])];
  }
  for (const auto& place : counts) {
    for (const int count : place) EXPECT_NEAR(count, 1000, 6 * 29);
  }
}

TEST(Sampler, RefusesBatchesThatCannotBe) {
  EXPECT_THROW(Sampler(10, 0, true, 0), Error);
  try {
    Sampler(10, 11, true, 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("a batch of 11 images cannot be filled from 10 images"));
  }
  EXPECT_EQ(Sampler(10, 11, false, 0).batches_per_epoch(), 1);
}

}  // namespace
}  // namespace sslx::data
