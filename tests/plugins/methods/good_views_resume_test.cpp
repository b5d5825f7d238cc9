// Going on from a saved state, for methods whose views are not the usual two: four views of a
// scene, each with its bank, and InfoMin with its queue and the jigsaw's random orders.
#include <gtest/gtest.h>

#include "method_fixture.h"

namespace {

using nlohmann::json;
using sslx::test::expect_goes_on;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::sgd_step;

struct GoodViews {
  const char* method;
  json parameters;
  std::vector<int64_t> channels;
  bool pieces;  ///< The last view is cut into nine.
};

const std::vector<GoodViews>& good_views() {
  const json four{{"channels", {3, 1, 3, 2}}, {"graph", "full"}, {"output_width", 8}};
  json nce = four;
  nce["negatives"] = 12;
  json batch = four;
  batch["negatives_from"] = "batch";
  json infomin{{"output_width", 8}, {"queue", 20}, {"momentum", 0.9}};
  json jigsaw = infomin;
  jigsaw["jigsaw"] = true;
  static const std::vector<GoodViews> all{{"cmc", nce, {3, 1, 3, 2}, false},
                                          {"cmc", batch, {3, 1, 3, 2}, false},
                                          {"infomin", infomin, {3, 3}, false},
                                          {"infomin", jigsaw, {3, 3, 3}, true}};
  return all;
}

/// Plain SGD on seeded batches; the losses.
std::vector<double> go_on(sslx::Method& method, const GoodViews& item, int first, int steps) {
  std::vector<double> losses;
  method.train();
  for (int step = first; step < first + steps; ++step) {
    sslx::Batch batch = random_batch(8, item.channels, static_cast<uint64_t>(step));
    if (item.pieces) batch.views.back() = batch.views.back().repeat({1, 1, 9, 1});
    losses.push_back(sgd_step(method, batch, step));
  }
  return losses;
}

TEST(GoodViewsResume, GoesOnFromASavedStateBitForBit) {
  for (const GoodViews& item : good_views()) {
    SCOPED_TRACE(std::string(item.method) + " " + item.parameters.dump());
    expect_goes_on([&](uint64_t seed) { return make_method(item.method, item.parameters, seed); },
                   [&](sslx::Method& method, int first, int steps) {
                     return go_on(method, item, first, steps);
                   },
                   4);
  }
}

}  // namespace
