// CRD's oracles: a teacher that neither learns nor changes, a student that begins anew, banks that
// change at the batch's rows alone, and a state that is enough to go on.
#include <gtest/gtest.h>
#include <sslx/error.h>

#include <cmath>

#include "method_fixture.h"
#include "predictive_fixture.h"

namespace {

using sslx::test::make_predictive;
using sslx::test::random_batch;
using sslx::test::state_of;
using torch::Tensor;

nlohmann::json small_crd(nlohmann::json more = nlohmann::json::object()) {
  nlohmann::json out{{"output_width", 8}, {"negatives", 12}, {"temperature", 0.5}};
  out.update(more);
  return out;
}

sslx::test::Setting crd_setting(uint64_t seed = 0) {
  return {.make_backbone = sslx::test::small_resnet("bn"), .classes = 10, .seed = seed};
}

/// `count` steps of SGD from `first` on what the method wants optimised; the losses.
std::vector<double> crd_steps(sslx::Method& method, int first, int count) {
  method.train();
  std::vector<double> out;
  for (int step = first; step < first + count; ++step) {
    const sslx::Loss loss = method.loss(random_batch(8, 1, static_cast<uint64_t>(step)));
    loss.value.backward();
    const torch::NoGradGuard guard;
    for (const sslx::ParameterGroup& group : method.parameter_groups()) {
      for (Tensor parameter : group.parameters) {
        parameter.sub_(0.05 * parameter.grad());
        parameter.mutable_grad().reset();
      }
    }
    method.after_step({step, 100, 0});
    out.push_back(loss.value.item<double>());
  }
  return out;
}

TEST(CRD, GivesTheTeacherNoGradientAndLeavesItAsItCame) {
  const auto method = make_predictive("crd", small_crd(), crd_setting());
  method->train();
  method->loss(random_batch(8, 1, 1)).value.backward();
  for (const auto& item : method->named_parameters()) {
    const bool frozen = item.key().starts_with("teacher.backbone.");
    EXPECT_EQ(item.value().grad().defined(), !frozen) << item.key();
  }
  method->zero_grad();
  const auto before = state_of(*method);
  crd_steps(*method, 0, 3);
  for (const auto& [name, value] : state_of(*method)) {
    // Its batch norm's statistics too; all else has moved.
    const bool same = value.equal(before.at(name));
    if (name.starts_with("teacher.backbone.")) {
      EXPECT_TRUE(same) << name;
    }
    if (name.starts_with("student.") || name.starts_with("teacher.head.")) {
      EXPECT_FALSE(same) << name;
    }
  }
}

TEST(CRD, BeginsWithAStudentThatHasNotTheTeachersWeights) {
  const auto method = make_predictive("crd", small_crd(), crd_setting());
  const auto state = state_of(*method);
  // The fixture's weights are 0.25 beside a new network's: batch norm's scale is 1 in that.
  EXPECT_TRUE((state.at("teacher.backbone.bn1.weight") == 1.25).all().item<bool>());
  EXPECT_TRUE((state.at("student.backbone.bn1.weight") == 1).all().item<bool>());
  const Tensor images = random_batch(4, 1, 1).views[0];
  method->eval();
  const auto student = method->named_children()["student"]->named_children()["backbone"];
  EXPECT_TRUE(method->embed(images).equal(student->as<sslx::Backbone>()->forward(images)));
}

TEST(CRD, UpdatesBothBanksAtTheBatchsRowsAfterTheStep) {
  const auto method = make_predictive("crd", small_crd(), crd_setting());
  method->train();
  const auto before = state_of(*method);
  sslx::Batch first = random_batch(4, 1, 1);
  first.indices = torch::tensor({60, 3, 17, 0});
  sslx::Batch second = random_batch(4, 1, 2);
  second.indices = torch::tensor({1, 61, 2, 4});
  // Two batches of one step (train.accumulate): neither is forgotten.
  method->loss(first);
  method->loss(second);
  const auto scored = state_of(*method);
  method->after_step({0, 100, 0});
  for (const char* bank : {"student_bank.rows", "teacher_bank.rows"}) {
    const Tensor& old = before.at(bank);
    EXPECT_TRUE(scored.at(bank).equal(old));
    const Tensor changed = state_of(*method).at(bank).ne(old).any(1).nonzero().flatten();
    EXPECT_TRUE(changed.equal(torch::tensor({0, 1, 2, 3, 4, 17, 60, 61}))) << bank << changed;
  }
}

TEST(CRD, ReadsNoLabelsWithoutTheirLoss) {
  const auto method = make_predictive("crd", small_crd({{"gamma", 0}}), crd_setting());
  method->train();
  sslx::Batch batch = random_batch(8, 1, 1);
  batch.labels.fill_(-1);
  const sslx::Loss loss = method->loss(batch);
  EXPECT_TRUE(std::isfinite(loss.value.item<double>()));
  EXPECT_FALSE(loss.diagnostics.contains("training_accuracy"));
  EXPECT_FALSE(method->named_children().contains("classifier"));
}

TEST(CRD, IsAtItsChanceValueForEqualScores) {
  const auto method = make_predictive("crd", small_crd(), crd_setting());
  method->train();
  {
    const torch::NoGradGuard guard;
    for (auto& item : method->named_buffers()) {
      if (item.key().ends_with("rows")) item.value().zero_();
    }
    for (auto& item : method->named_parameters()) {
      if (item.key().starts_with("classifier")) item.value().zero_();
    }
  }
  const sslx::Loss loss = method->loss(random_batch(8, 1, 1));
  const double expected = 2 * 0.8 * (std::log(13.0) + 12 * std::log(13.0 / 12)) + std::log(10.0);
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-4);
  EXPECT_NEAR(*loss.chance, expected, 1e-9);
}

TEST(CRD, GoesOnFromASavedStateBitForBit) {
  const auto whole = make_predictive("crd", small_crd(), crd_setting());
  crd_steps(*whole, 0, 3);
  const auto saved = state_of(*whole);
  const auto expected = crd_steps(*whole, 3, 4);
  const auto resumed = make_predictive("crd", small_crd(), crd_setting(99));
  EXPECT_NE(crd_steps(*make_predictive("crd", small_crd(), crd_setting(99)), 3, 4), expected);
  sslx::test::restore(*resumed, saved);
  EXPECT_EQ(crd_steps(*resumed, 3, 4), expected);
  for (const auto& [name, value] : state_of(*whole)) {
    EXPECT_TRUE(value.equal(state_of(*resumed).at(name))) << name;
  }
}

TEST(CRD, IsNothingWithoutATeacher) {
  sslx::test::Setting setting = crd_setting();
  setting.pretrained = false;
  try {
    make_predictive("crd", small_crd(), setting);
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "crd has no teacher; backbone.weights must name one, as `sslx import` prints");
  }
}

}  // namespace
