// Oracles of DeepCluster, v1 and v2: what is clustered and when, labels as targets, weights by
// cluster size, the memory of the last epoch. k-means' own are in kmeans_test.cpp.
#include <gtest/gtest.h>
#include <sslx/before_epoch.h>
#include <sslx/error.h>
#include <sslx/kmeans.h>

#include <cmath>

#include "method_fixture.h"

namespace {

using sslx::test::encode;
using sslx::test::make_method;
using sslx::test::random_batch;
using sslx::test::restore;
using sslx::test::state_of;
using sslx::test::train_steps;
using sslx::test::unit;
using torch::Tensor;

const nlohmann::json kSmallV1{{"clusters", 3}, {"whitened_width", 2}};
const nlohmann::json kWeightedV1{{"clusters", 3}, {"whitened_width", 2}, {"sampling", "weighted"}};
const nlohmann::json kSmallV2{{"prototypes", {5, 4, 3}}, {"output_width", 8}};

/// Which of three blobs an image's features are in; the blobs' sizes differ.
Tensor blobs() { return torch::arange(64).remainder(7).clamp_max(2); }

/// Features of the fixture's 64 images, 16 wide.
Tensor blob_features() {
  torch::manual_seed(4);
  return 10 * torch::randn({3, 16}).index_select(0, blobs()) + 0.1 * torch::randn({64, 16});
}

void begin_epoch(sslx::Method& method, int64_t epoch, const Tensor& features = blob_features()) {
  method.train();
  auto* hook = dynamic_cast<sslx::BeforeEpoch*>(&method);
  ASSERT_NE(hook, nullptr);
  hook->before_epoch(epoch, [&] { return features; });
}

Tensor buffer(const sslx::Method& method, const std::string& name) {
  return method.named_buffers()[name];
}

TEST(DeepCluster, TakesTheClustersOfTheFeaturesAsLabels) {
  const auto method = make_method("deepcluster", kSmallV1);
  begin_epoch(*method, 0);
  const Tensor labels = buffer(*method, "labels");
  EXPECT_NEAR(sslx::mutual_information(labels, blobs()).item<double>(), 1, 1e-12);
}

TEST(DeepCluster, WeighsAllClustersAlike) {
  const auto method = make_method("deepcluster", kSmallV1);
  begin_epoch(*method, 0);
  const Tensor labels = buffer(*method, "labels"), weights = buffer(*method, "weights");
  EXPECT_NEAR(weights.mean().item<double>(), 1, 1e-6);
  for (int64_t cluster = 0; cluster < 3; ++cluster) {
    EXPECT_NEAR(weights.index({labels == cluster}).sum().item<double>(), 64.0 / 3, 1e-4);
  }
}

/// The weighted loss beside the plain one over images that are drawn of all clusters alike.
TEST(DeepCluster, DrawsAsManyImagesOfEachCluster) {
  const auto method = make_method("deepcluster", kSmallV1);
  begin_epoch(*method, 1);
  auto* hook = dynamic_cast<sslx::BeforeEpoch*>(method.get());
  const Tensor labels = buffer(*method, "labels");
  const Tensor images = hook->images_of_epoch(1);
  ASSERT_EQ(images.size(0), 64);
  // 22 of each, of which two are cut off at the end.
  const Tensor counts = labels.index_select(0, images).bincount({}, 3);
  EXPECT_EQ(counts.max().item<int64_t>(), 22);
  EXPECT_GE(counts.min().item<int64_t>(), 20);
  EXPECT_TRUE(images.equal(hook->images_of_epoch(1))) << "it must follow from the state";
  EXPECT_FALSE(images.equal(hook->images_of_epoch(2)));
  // The largest cluster has more than its share: each of its images at most once.
  const int64_t largest = labels.bincount({}, 3).argmax().item<int64_t>();
  const Tensor own = images.index({labels.index_select(0, images) == largest});
  EXPECT_EQ(std::get<0>(at::_unique(own)).size(0), own.size(0));
  const auto weighted = make_method("deepcluster", kWeightedV1);
  begin_epoch(*weighted, 1);
  EXPECT_FALSE(dynamic_cast<sslx::BeforeEpoch*>(weighted.get())->images_of_epoch(1).defined());
}

TEST(DeepCluster, IsTheWeightedCrossEntropyOfAFreshClassifier) {
  const auto method = make_method("deepcluster", kWeightedV1);
  begin_epoch(*method, 0);
  const auto batch = random_batch(8, 1, 1);
  const double loss = method->loss(batch).value.item<double>();
  const auto parameters = method->named_parameters();
  const Tensor features =
      method->named_children()["backbone"]->as<sslx::Backbone>()->forward(batch.views[0]);
  const Tensor logits = torch::mm(features, parameters["classifier.weight"].t());
  const Tensor labels = buffer(*method, "labels").slice(0, 0, 8).unsqueeze(1);
  const Tensor each = -logits.log_softmax(1).gather(1, labels).squeeze(1);
  const Tensor weights = buffer(*method, "weights").slice(0, 0, 8);
  EXPECT_NEAR(loss, (weights * each).mean().item<double>(), 1e-5);
  const auto drawing = make_method("deepcluster", kSmallV1);
  begin_epoch(*drawing, 0);
  EXPECT_NEAR(drawing->loss(batch).value.item<double>(), each.mean().item<double>(), 1e-5);
  EXPECT_EQ(parameters["classifier.bias"].abs().max().item<double>(), 0);
}

TEST(DeepCluster, BeginsEachEpochWithAnotherClassifierAndSaysHowLabelsAgree) {
  const auto method = make_method("deepcluster", kSmallV1);
  begin_epoch(*method, 0);
  const Tensor before = method->named_parameters()["classifier.weight"].clone();
  const auto agreement = [&] {
    return method->loss(random_batch(8, 1, 1)).diagnostics.at("cluster_agreement").item<double>();
  };
  begin_epoch(*method, 1);
  EXPECT_FALSE(method->named_parameters()["classifier.weight"].equal(before));
  EXPECT_NEAR(agreement(), 1, 1e-9);
  begin_epoch(*method, 2, torch::randn({64, 16}));
  EXPECT_LT(agreement(), 0.5);
}

TEST(DeepClusterV2, GivesNoLossToImagesWithoutACluster) {
  const auto method = make_method("deepcluster_v2", kSmallV2);
  method->train();
  EXPECT_EQ(method->loss(random_batch(8, 2, 1)).value.item<double>(), 0);
}

TEST(DeepClusterV2, FillsItsMemoryBeforeTheFirstEpoch) {
  const auto method = make_method("deepcluster_v2", kSmallV2);
  begin_epoch(*method, 0);
  method->eval();
  auto head = method->named_children()["encoder"]->named_children()["head"];
  const Tensor z = unit(head->as<torch::nn::Sequential>()->forward(blob_features()));
  for (const int64_t view : {0, 1}) {
    EXPECT_TRUE(torch::allclose(buffer(*method, "bank")[view], z, 1e-5, 1e-6));
  }
}

TEST(DeepClusterV2, LabelsEachHeadByTheMemoryOfItsView) {
  const auto method = make_method("deepcluster_v2", kSmallV2);
  begin_epoch(*method, 0);
  train_steps(*method, 0, 3);  // only the first eight images: the memories of the views differ
  begin_epoch(*method, 1);
  const Tensor bank = buffer(*method, "bank"), labels = buffer(*method, "labels");
  EXPECT_FALSE(bank[0].equal(bank[1]));
  for (int64_t head = 0; head < 3; ++head) {
    const Tensor centroids = buffer(*method, "prototypes" + std::to_string(head));
    EXPECT_LT((centroids.norm(2, 1) - 1).abs().max().item<double>(), 1e-5);
    EXPECT_TRUE(labels[head].equal(torch::mm(bank[head % 2], centroids.t()).argmax(1))) << head;
  }
}

TEST(DeepClusterV2, ClassifiesAllViewsByFixedCentroids) {
  const auto method = make_method("deepcluster_v2", kSmallV2, 0, false, /*local_views=*/1);
  EXPECT_EQ(method->view_count(), 3);
  begin_epoch(*method, 0);
  auto batch = random_batch(8, 3, 1);
  batch.local_views = 1;
  batch.views[2] = batch.views[2].slice(2, 0, 8).slice(3, 0, 8);
  const sslx::Loss loss = method->loss(batch);
  auto z = unit(encode(*method, "encoder", torch::cat({batch.views[0], batch.views[1]}))).chunk(2);
  z.push_back(unit(encode(*method, "encoder", batch.views[2])));
  double expected = 0;
  for (int64_t head = 0; head < 3; ++head) {
    const Tensor centroids = buffer(*method, "prototypes" + std::to_string(head));
    const Tensor labels = buffer(*method, "labels")[head].slice(0, 0, 8).unsqueeze(1);
    for (const Tensor& view : z) {
      const Tensor shares = (torch::mm(view, centroids.t()) / 0.1).log_softmax(1);
      expected -= shares.gather(1, labels).mean().item<double>() / 9;
    }
  }
  EXPECT_NEAR(loss.value.item<double>(), expected, 1e-5);
  EXPECT_NEAR(loss.chance.value(), std::log(5 * 4 * 3) / 3, 1e-12);
}

TEST(DeepClusterV2, NeedsAClassifier) {
  try {
    make_method("deepcluster_v2", {{"prototypes", nlohmann::json::array()}});
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_STREQ(error.what(), "prototypes must be numbers, as [3000, 3000]");
  }
}

TEST(DeepClusterV2, RemembersTheBatchsImagesAlone) {
  const auto method = make_method("deepcluster_v2", kSmallV2);
  begin_epoch(*method, 0);
  const Tensor before = buffer(*method, "bank").clone();
  auto batch = random_batch(4, 2, 1);
  batch.indices = torch::tensor({60, 3, 17, 0});
  method->loss(batch);
  const auto z = unit(encode(*method, "encoder", torch::cat(batch.views))).chunk(2);
  for (const int64_t view : {0, 1}) {
    const Tensor now = buffer(*method, "bank")[view];
    EXPECT_TRUE(torch::allclose(now.index_select(0, batch.indices), z[view], 1e-5, 1e-6));
    const Tensor old = before[view].index_select(0, batch.indices);
    EXPECT_TRUE(now.index_copy(0, batch.indices, old).equal(before[view]));
  }
}

TEST(DeepClusters, GoOnFromASavedStateBitForBit) {
  const std::vector<std::tuple<const char*, nlohmann::json, std::vector<int64_t>>> cases{
      {"deepcluster", kSmallV1, {3}}, {"deepcluster_v2", kSmallV2, {3, 3}}};
  for (const auto& [name, parameters, channels] : cases) {
    const auto whole = make_method(name, parameters);
    begin_epoch(*whole, 0);
    train_steps(*whole, 0, 3, channels);
    const auto resumed = make_method(name, parameters, /*seed=*/99);
    restore(*resumed, state_of(*whole));
    for (const auto& method : {whole, resumed}) begin_epoch(*method, 1);
    EXPECT_EQ(train_steps(*resumed, 3, 4, channels), train_steps(*whole, 3, 4, channels));
    for (const auto& [key, value] : state_of(*whole)) {
      EXPECT_TRUE(value.equal(state_of(*resumed).at(key))) << name << " " << key;
    }
  }
}

}  // namespace
