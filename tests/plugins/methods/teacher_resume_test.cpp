// What a method with a momentum teacher registers is all that it needs to go on.
#include <gtest/gtest.h>

#include "method_fixture.h"
#include "teacher_fixture.h"

namespace {

using nlohmann::json;
using sslx::test::expect_goes_on;
using sslx::test::make_method;
using sslx::test::MethodSetting;
using sslx::test::narrow_batch;
using sslx::test::sgd_step;

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
  MethodSetting setting;
  setting.local_views = item.local_views;
  setting.seed = seed;
  return make_method(item.method, item.parameters, setting);
}

/// Plain SGD on seeded batches; the losses.
std::vector<double> descend(sslx::Method& method, int first, int steps, int64_t local_views) {
  std::vector<double> losses;
  method.train();
  for (int step = first; step < first + steps; ++step) {
    const sslx::Batch batch = narrow_batch(local_views, static_cast<uint64_t>(step));
    losses.push_back(sgd_step(method, batch, step));
  }
  return losses;
}

TEST(TeacherResume, GoesOnFromASavedStateBitForBit) {
  for (const TeacherCase& item : teacher_cases()) {
    SCOPED_TRACE(std::string(item.method) + " " + item.parameters.dump());
    // DINO's last layer is frozen for two more steps when it is saved.
    expect_goes_on([&](uint64_t seed) { return made(item, seed); },
                   [&](sslx::Method& method, int first, int steps) {
                     return descend(method, first, steps, item.local_views);
                   },
                   5);
  }
}

}  // namespace
