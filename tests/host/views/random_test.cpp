// The random stream against Random123's known answers, and its own promises.
#include <gtest/gtest.h>
#include <sslx/random.h>

#include <set>

namespace sslx {
namespace {

using Words = std::array<uint32_t, 4>;

TEST(Philox, KnownAnswersOfRandom123) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomStream, PlacesThatDifferInAnyPartHaveOtherNumbers) {
  std::set<Words> seen;
  for (const DrawPlace place : {DrawPlace{}, DrawPlace{1, 0, 0, 0}, DrawPlace{0, 1, 0, 0},
                                DrawPlace{0, 0, 1, 0}, DrawPlace{0, 0, 0, 1}}) {
    for (const uint64_t seed : {0ULL, 1ULL, 1ULL << 32}) {
      RandomStream random(seed, place);
      seen.insert({random.next(), random.next(), random.next(), random.next()});
    }
  }
  EXPECT_EQ(seen.size(), 15U);
}

TEST(RandomStream, UniformAndBelowAreEvenAndInRange) {
  RandomStream random(7);
  double mean = 0;
  std::array<int, 24> counts{};
  for (int i = 0; i < 48000; ++i) {
    const float value = random.uniform();
    ASSERT_GE(value, 0.0F);
    ASSERT_LT(value, 1.0F);
    mean += value / 48000.0;
    ++counts[random.below(24)];
  }
  EXPECT_NEAR(mean, 0.5, 0.005);
  for (const int count : counts) EXPECT_NEAR(count, 2000, 6 * 45);
}

TEST(RandomStream, BernoulliIsNeverAtZeroAndAlwaysAtOne) {
  RandomStream random(7);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(random.bernoulli(0));
    EXPECT_TRUE(random.bernoulli(1));
  }
}

}  // namespace
}  // namespace sslx
