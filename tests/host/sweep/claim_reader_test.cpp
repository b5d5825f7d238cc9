#include "host/sweep/claim_reader.h"

#include <gtest/gtest.h>

#include "tests/host/sweep/sweep_fixture.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

std::vector<SweepClaim> claims_in(const std::string& text) { return sweep_of(text).claims; }

std::string claim_error(const std::string& more) {
  return message_of([&] { claims_in("[[claim]]\n" + more); });
}

TEST(Claims, AreKeptAsTheyAreJudged) {
  const auto claims = claims_in(R"([table]
metrics = ["linear_top1", "seeds"]

[[claim]]
id = "pairs"
words = "crop and color is the best pair"
source = "SimCLR (arXiv:2002.05709), Figure 5"
form = "best"
cells = [{ first = "crop", second = "color" }]

[[claim]]
id = "widths"
words = "the head's width hardly matters"
form = "equal"
metric = "knn_top1"
axis = "method.width"
where = { variant = "SimCLR" }
)");
  ASSERT_EQ(claims.size(), 2U);
  EXPECT_EQ(claims[0].recorded, json::parse(R"({"cells":[{"first":"crop","second":"color"}],
      "form":"best","id":"pairs","metric":"linear_top1",
      "source":"SimCLR (arXiv:2002.05709), Figure 5","words":"crop and color is the best pair"})"));
  EXPECT_EQ(claims[1].recorded.at("within"), 2);
  EXPECT_EQ(claims[1].recorded.at("metric"), "knn_top1");
  EXPECT_EQ(claims[1].id(), "widths");
}

TEST(Claims, Messages) {
  EXPECT_EQ(claim_error("words = \"a\"\n"),
            "demo.toml:1: a claim's id is ''; it must be a word of letters, digits, _ and -");
  EXPECT_EQ(claim_error("id = \"a\"\ncells = [{ variant = \"A\" }, { variant = \"B\" }]\n"),
            "demo.toml:1: claim 'a' has no words; it must say what it claims");
  EXPECT_EQ(claim_error("id = \"a\"\nwords = \"a\"\ncells = [{ variant = \"A\" }]\n"),
            "demo.toml:4: claim 'a' of the form gap has 1 cells; it must have two, of which the "
            "first is above the second");
  EXPECT_EQ(claim_error("id = \"a\"\nwords = \"a\"\nform = \"trend\"\n"),
            "demo.toml:4: claim 'a' of the form trend has 0 cells; it must have none, but 'axis' "
            "and 'where'");
  EXPECT_EQ(claim_error("id = \"a\"\nwords = \"a\"\nform = \"peak\"\naxis = \"train.lr\"\n"),
            "demo.toml:1: claim 'a' of the form peak has no 'at'; it must be the axis's value at "
            "the peak");
  EXPECT_EQ(claim_error("id = \"a\"\nwords = \"a\"\nform = \"bigger\"\n"),
            "demo.toml:4: claim: 'form' is \"bigger\"; it must be one of gap, gain, order, best, "
            "equal, collapse, no_collapse, trend, peak, rank_correlation");
  EXPECT_EQ(claim_error("id = \"a\"\nword = \"a\"\n"),
            "demo.toml:3: claim has no key 'word'; the nearest is 'words'");
  EXPECT_EQ(claim_error("id = \"a\"\nwords = \"a\"\nform = \"rank_correlation\"\n"),
            "demo.toml:4: a claim is of the form rank_correlation, and the table has no "
            "'published'; it must name the published figures");
  const std::string two = "id = \"a\"\nwords = \"a\"\nform = \"best\"\ncells = [{}]\n";
  EXPECT_EQ(claim_error(two + "[[claim]]\n" + two),
            "demo.toml:7: two claims have the id 'a'; each must have its own");
}

TEST(Claims, FurtherSeedsAreOfAClaim) {
  SweepFile sweep = sweep_of(
      "[[claim]]\nid = \"a\"\nwords = \"a\"\nform = \"best\"\ncells = [{ variant = \"A\" }]\n");
  apply_more_seeds(sweep, "a=3,4");
  ASSERT_EQ(sweep.more_seeds.size(), 1U);
  EXPECT_EQ(sweep.more_seeds[0].seeds, (std::vector<uint64_t>{3, 4}));
  EXPECT_EQ(message_of([&] { apply_more_seeds(sweep, "b=3"); }),
            "--more-seeds b=3: it must be a claim of demo.toml and the seeds, as a=3,4; its claims "
            "are a");
}

}  // namespace
}  // namespace sslx::sweep
