#include "host/record/claim_verdicts.h"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include "record_fixture.h"

namespace sslx::record::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// One figure a seed of each variant, and at values of an axis.
class ClaimsTest : public RecordTest {
 protected:
  void add(const std::string& variant, const std::vector<double>& values, const json& axes = {},
           const std::string& state = "completed") {
    for (size_t seed = 0; seed < values.size(); ++seed) {
      RunSpec spec{.id = fmt::format("20260101-{:06}-aaaaaa", specs_.size() + 1),
                   .variant = variant,
                   .seed = seed,
                   .knn = values[seed],
                   .state = state};
      if (axes.is_object()) spec.axes = axes;
      if (!(values[seed] > 0)) spec.id = "";
      specs_.push_back(spec);
    }
  }

  std::vector<ClaimVerdict> verdicts(const json& claims) {
    SweepDefinition definition = sweep(specs_);
    definition.table["claims"] = claims;
    definition.text += claims.dump();
    register_sweep(database_, definition);
    for (const RunSpec& spec : specs_) {
      if (!spec.id.empty()) record_run(database_, spec);
    }
    return judge_claims(read_sweep_data(database_, {"demo"}));
  }

  ClaimVerdict verdict(json claim) {
    claim["id"] = "it";
    claim["metric"] = "knn_top1";
    return verdicts(json::array({claim})).front();
  }

  static json of(const std::string& variant) { return {{"variant", variant}}; }

  Database database_{database_file()};
  std::vector<RunSpec> specs_;
};

/// Means 3 apart, each seed's difference within 0.5 of it; unpaired they would be lost in 20.
TEST_F(ClaimsTest, AGapIsJudgedBySeeds) {
  add("A", {40, 60, 50, 45, 65, 55});
  add("B", {37, 57.5, 46.5, 42, 62.5, 51.5});
  const json cells{of("A"), of("B")};
  const ClaimVerdict found = verdict({{"form", "gap"}, {"cells", cells}});
  EXPECT_EQ(found.decision, Decision::kConfirmed);
  EXPECT_EQ(found.of, "A over B");
  EXPECT_EQ(found.seeds, 6U);
  EXPECT_NEAR(found.effect.value_or(0), 3, 1e-9);
  EXPECT_NEAR(found.high.value_or(0) - found.effect.value_or(0), 0.469, 1e-3);  // 2.571 .447/√6
  EXPECT_EQ(found.p, 0.03125);
  EXPECT_LT(found.pairing.value_or(1), 0.05);
  EXPECT_EQ(verdict({{"form", "gap"}, {"cells", cells}, {"at_least", 2}}).decision,
            Decision::kConfirmed);
  EXPECT_EQ(verdict({{"form", "gap"}, {"cells", cells}, {"at_least", 4}, {"reason", "so it is"}})
                .decision,
            Decision::kContradicted);
}

TEST_F(ClaimsTest, WhatIsOpenSaysHowManySeedsWouldDecide) {
  add("A", {40, 41, 42});
  add("B", {39, 41.5, 40});
  const ClaimVerdict found = verdict({{"form", "gap"}, {"cells", {of("A"), of("B")}}});
  EXPECT_EQ(found.decision, Decision::kUndecided);
  // 1, -0.5, 2: mean 0.83, deviation 1.26; t(.975, 11) 1.26/√12 = 0.80.
  EXPECT_EQ(found.more_seeds, 9U);
  EXPECT_EQ(found.least_p, 0.25);
}

/// However clear, two seeds decide nothing.
TEST_F(ClaimsTest, TwoSeedsDecideNothing) {
  add("A", {40, 40.01});
  add("B", {20, 20});
  const ClaimVerdict found = verdict({{"form", "gap"}, {"cells", {of("A"), of("B")}}});
  EXPECT_EQ(found.decision, Decision::kUndecided);
  EXPECT_THAT(found.why, HasSubstr("2 of the 3 seeds"));
  EXPECT_EQ(found.more_seeds, 1U);
}

TEST_F(ClaimsTest, OnlySeedsThatBothHaveCount) {
  add("A", {40, 41, 42, 43});
  add("B", {30, 31, 0, 33});
  EXPECT_EQ(verdict({{"form", "gap"}, {"cells", {of("A"), of("B")}}}).seeds, 3U);
  EXPECT_EQ(verdict({{"form", "gap"}, {"cells", {of("A"), of("C")}}}).why,
            "no trial of this plan is C");
}

TEST_F(ClaimsTest, AnOrderHoldsInEachStep) {
  add("A", {50, 51, 52});
  add("B", {45, 46.1, 47});
  add("C", {45.2, 45.8, 47.1});
  const ClaimVerdict open = verdict({{"form", "order"}, {"cells", {of("A"), of("B"), of("C")}}});
  EXPECT_EQ(open.decision, Decision::kUndecided);
  EXPECT_EQ(open.of, "B over C");
  EXPECT_EQ(open.comparisons, 2U);
  EXPECT_EQ(verdict({{"form", "order"}, {"cells", {of("B"), of("A"), of("C")}}}).decision,
            Decision::kContradicted);
}

TEST_F(ClaimsTest, TheBestIsAboveEachOther) {
  add("A", {50, 51, 52});
  add("B", {45, 46.1, 47});
  add("C", {30, 31, 32.1});
  EXPECT_EQ(verdict({{"form", "best"}, {"cells", {of("A")}}}).decision, Decision::kConfirmed);
  const ClaimVerdict second = verdict({{"form", "best"}, {"cells", {of("B")}}});
  EXPECT_EQ(second.decision, Decision::kContradicted);
  EXPECT_EQ(second.of, "B over A");
}

/// No difference beyond 2: the whole interval must lie within.
TEST_F(ClaimsTest, EqualIsNotLackOfEvidence) {
  add("A", {50, 51, 52});
  add("B", {50.2, 51.1, 51.9});
  add("C", {45, 56, 52});
  EXPECT_EQ(verdict({{"form", "equal"}, {"within", 2}, {"cells", {of("A"), of("B")}}}).decision,
            Decision::kConfirmed);
  EXPECT_EQ(verdict({{"form", "equal"}, {"within", 2}, {"cells", {of("A"), of("C")}}}).decision,
            Decision::kUndecided);
  EXPECT_EQ(verdict({{"form", "equal"}, {"within", 0.01}, {"cells", {of("A"), of("C")}}}).decision,
            Decision::kUndecided);
}

TEST_F(ClaimsTest, ACollapseIsOfAllSeeds) {
  add("A", {12, 12, 12}, {}, "collapsed");
  add("B", {50, 51, 52});
  EXPECT_EQ(verdict({{"form", "collapse"}, {"cells", {of("A")}}}).decision, Decision::kConfirmed);
  EXPECT_EQ(verdict({{"form", "no_collapse"}, {"cells", {of("B")}}}).decision,
            Decision::kConfirmed);
  const ClaimVerdict both = verdict({{"form", "collapse"}, {"cells", {of("A"), of("B")}}});
  EXPECT_EQ(both.decision, Decision::kContradicted);
  EXPECT_EQ(both.of, "B");
  EXPECT_EQ(both.effect, 0);
}

TEST_F(ClaimsTest, ATrendIsALineThroughEachSeed) {
  const auto at = [](int size) { return json{{"train.batch_size", size}}; };
  add("A", {40, 44, 48}, at(64));
  add("A", {42, 47, 50}, at(128));
  add("A", {44, 48.2, 52}, at(256));
  add("B", {1, 2, 3}, at(64));
  const json claim{{"form", "trend"}, {"axis", "train.batch_size"}, {"where", of("A")}};
  const ClaimVerdict rises = verdict(claim);
  EXPECT_EQ(rises.decision, Decision::kConfirmed);
  EXPECT_NEAR(rises.effect.value_or(0), (4 + 4.2 + 4) / 3.0, 1e-9);  // ends decide a line of three
  json falls = claim;
  falls["direction"] = "down";
  EXPECT_EQ(verdict(falls).decision, Decision::kContradicted);
  json peak = claim;
  peak["form"] = "peak";
  peak["at"] = 128;
  const ClaimVerdict top = verdict(peak);
  EXPECT_EQ(top.of, "train.batch_size=128 over train.batch_size=256");
  EXPECT_EQ(top.comparisons, 2U);
}

/// (A - B) - (C - D) = 2, seed by seed.
TEST_F(ClaimsTest, AGainIsAGapOfGaps) {
  add("A", {50, 51, 52});
  add("B", {45, 46, 47});
  add("C", {33, 34, 35.1});
  add("D", {30, 31, 32});
  const ClaimVerdict found =
      verdict({{"form", "gain"}, {"cells", {of("A"), of("B"), of("C"), of("D")}}});
  EXPECT_EQ(found.decision, Decision::kConfirmed);
  EXPECT_NEAR(found.effect.value_or(0), 2 - 0.1 / 3, 1e-9);
}

/// Of several configurations that a cell selects, the mean of each seed.
TEST_F(ClaimsTest, ACellMayBeTheMeanOfSeveral) {
  const auto at = [](double t) { return json{{"method.temperature", t}}; };
  add("A", {40, 41, 42}, at(0.1));
  add("A", {50, 51, 52}, at(0.5));
  add("B", {44, 45, 46.1}, at(0.1));
  EXPECT_NEAR(verdict({{"form", "gap"}, {"cells", {of("A"), of("B")}}}).effect.value_or(0),
              1 - 0.1 / 3, 1e-9);
  EXPECT_EQ(verdict({{"form", "gap"},
                     {"cells", {{{"variant", "A"}, {"method.temperature", 0.50}}, of("B")}}})
                .of,
            "method.temperature=0.5, A over B");
}

TEST_F(ClaimsTest, HolmIsOverTheClaimsOfTheSweep) {
  add("A", {50, 51, 52});
  add("B", {45, 46.1, 47});
  json claim{{"id", "one"}, {"form", "gap"}, {"metric", "knn_top1"}, {"cells", {of("A"), of("B")}}};
  json other = claim;
  other["id"] = "two";
  const auto found = verdicts(json::array({claim, other}));
  EXPECT_EQ(found[0].p, 0.25);
  EXPECT_EQ(found[0].corrected, 0.5);
}

TEST_F(ClaimsTest, ProtocolsAreNotMixed) {
  add("A", {50, 51, 52});
  add("B", {45, 46.1, 47});
  specs_.back().k = 200;
  EXPECT_THAT(verdict({{"form", "gap"}, {"cells", {of("A"), of("B")}}}).why,
              HasSubstr("under several protocols"));
}

TEST_F(ClaimsTest, AnotherProtocolOfOtherCellsIsNoMatter) {
  add("A", {50, 51, 52});
  add("B", {45, 46.1, 47});
  add("C", {40, 41, 42});
  specs_.back().k = 200;
  EXPECT_EQ(verdict({{"form", "gap"}, {"cells", {of("A"), of("B")}}}).decision,
            Decision::kConfirmed);
  EXPECT_THAT(verdict({{"form", "gap"}, {"cells", {of("A"), of("C")}}}).why,
              HasSubstr("under several protocols"));
}

TEST_F(ClaimsTest, ItConcernsItsCellsAlone) {
  SurveyClaim claim;
  claim.cells = {of("A")};
  const json none = json::object();
  const auto trial = [&](const char* variant) {
    return TrialValues{.variant = variant, .seed = 0, .axes = none, .config = none};
  };
  EXPECT_TRUE(claim.concerns(trial("A")));
  EXPECT_FALSE(claim.concerns(trial("B")));
  claim.form = ClaimForm::kBest;
  EXPECT_TRUE(claim.concerns(trial("B")));
}

}  // namespace
}  // namespace sslx::record::test
