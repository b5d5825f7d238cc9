// What a method with a momentum teacher registers is all that it needs to go on.
#include <gtest/gtest.h>

#include <cmath>

#include "method_fixture.h"
#include "teacher_fixture.h"

namespace {

using nlohmann::json;
using sslx::test::make_teacher;
using sslx::test::narrow_batch;
using sslx::test::restore;
using sslx::test::state_of;
using sslx::test::TeacherSetting;

struct TeacherCase {
  const char* method;
  json parameters;
  int64_t local_views;
};

const std::vector<TeacherCase>& teacher_cases() {
  const json head{{"output_width", 12}, {"hidden_width", 16}};
  json dino = head;
  dino.update({{"bottleneck_width", 6}, {"last_layer_frozen", 0.05}, {"momentum", 0.9}});
  json free_rows = dino;
  free_rows["unit_last_layer"] = false;
  json mocov3 = head;
  mocov3["momentum"] = 0.9;
  json byol = mocov3;
  byol["predictor"] = "none";
  static const std::vector<TeacherCase> all{{"dino", dino, 0},
                                            {"dino", free_rows, 2},
                                            {"mocov3", mocov3, 0},
                                            {"mocov3", mocov3, 2},
                                            {"byol", byol, 2}};
  return all;
}

std::shared_ptr<sslx::Method> made(const TeacherCase& item, uint64_t seed) {
  TeacherSetting setting;
  setting.local_views = item.local_views;
  setting.seed = seed;
  return make_teacher(item.method, item.parameters, setting);
}

/// Plain SGD on seeded batches; the losses.
std::vector<double> descend(sslx::Method& method, int first, int steps, int64_t local_views,
                            double rate, uint64_t batches = 1000) {
  std::vector<double> losses;
  method.train();
  for (int step = first; step < first + steps; ++step) {
    const auto seed = static_cast<uint64_t>(step) % batches;
    const sslx::Loss loss = method.loss(narrow_batch(local_views, seed));
    losses.push_back(loss.value.item<double>());
    loss.value.backward();
    const torch::NoGradGuard guard;
    for (torch::Tensor parameter : method.parameters()) {
      if (parameter.grad().defined()) parameter.sub_(rate * parameter.grad());
      parameter.mutable_grad().reset();
    }
    method.after_step({step, 100, 0});
  }
  return losses;
}

TEST(TeacherResume, GoesOnFromASavedStateBitForBit) {
  for (const TeacherCase& item : teacher_cases()) {
    SCOPED_TRACE(std::string(item.method) + " " + item.parameters.dump());
    const auto whole = made(item, 0);
    descend(*whole, 0, 3, item.local_views, 0.05);  // Its last layer is frozen for two more.
    const auto saved = state_of(*whole);
    const auto expected = descend(*whole, 3, 5, item.local_views, 0.05);
    const auto resumed = made(item, 99);
    EXPECT_NE(descend(*made(item, 99), 3, 5, item.local_views, 0.05), expected);
    restore(*resumed, saved);
    EXPECT_EQ(descend(*resumed, 3, 5, item.local_views, 0.05), expected);
    for (const auto& [name, value] : state_of(*whole)) {
      EXPECT_TRUE(value.equal(state_of(*resumed).at(name))) << name;
    }
  }
}

}  // namespace
