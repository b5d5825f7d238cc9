// The edge around a plugin's call: what leaves it.
#include "host/data/guarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sslx/torch.h>

#include <functional>
#include <stdexcept>

#include "host/data/data_error.h"

namespace sslx::data {
namespace {

Failure failure_of(const std::function<void()>& call) {
  try {
    guarded("it", call);
  } catch (const Failure& failure) {
    return failure;
  }
  return {input_error("nothing was thrown"), {}};
}

TEST(GuardedTest, KeepsTheKindAndTheHintOfAnError) {
  const Failure input = failure_of([] { throw input_error("is bad", "try"); });
  EXPECT_STREQ(input.what(), "it: is bad");
  EXPECT_EQ(input.hint(), "try");
  EXPECT_EQ(input.exit_code(), 2);
}

TEST(GuardedTest, LeavesTorchsPlaceAndAdviceOut) {
  const Failure torchs = failure_of([] { TORCH_CHECK(false, "of torch"); });
  EXPECT_STREQ(torchs.what(), "it: of torch");
  EXPECT_EQ(torchs.exit_code(), 1);
}

TEST(GuardedTest, SaysWhatATensorWouldHaveTaken) {
  const Failure memory = failure_of([] { torch::ones({int64_t{1} << 46}); });
  EXPECT_STREQ(memory.what(), "it: there was not enough memory for a tensor of 281.5 TB");
}

TEST(GuardedTest, NamesTheStageAndTheStep) {
  try {
    at_work("method 'x'", "loss", 3, [] { throw std::runtime_error("gave up"); });
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_STREQ(failure.what(), "method 'x' in loss at step 3: gave up");
  }
  EXPECT_EQ(at_work("method 'x'", "embed", -1, [] { return 7; }), 7);
  EXPECT_EQ(stage_text("method 'x'", "embed"), "method 'x' in embed");
}

TEST(GuardedTest, SeesWhoIsAtWorkWhileItLasts) {
  std::string seen;
  at_work("method 'x'", "loss", 3, [&] { seen = machine::own_sighting().doing; });
  EXPECT_EQ(seen, "method 'x' in loss");
  EXPECT_EQ(machine::own_sighting().doing, "");
}

/// In sslx-host each throw is noted as it happens; the innermost is what a trace must show.
TEST(GuardedTest, KeepsTheStackOfWhatWasThrownFirst) {
  machine::Stack first;
  first.count = 1;
  const auto inner = [&] { throw Failure(input_error("is bad"), first); };
  EXPECT_EQ(failure_of(inner).stack().count, 1U);
}

TEST(GuardedTest, DataAreNobodysFault) {
  EXPECT_THROW(guarded("it", [] { throw DataError("the file is gone"); }), DataError);
}

}  // namespace
}  // namespace sslx::data
