// The vision transformer against timm 1.0 (names, shapes, outputs, attention) and against MoCo v3's
// positions, both from tests/reference/vit.json; and a folder that `vit.py --check` takes to timm.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "host/weights/safetensors.h"
#include "tests/plugins/backbones/vit_fixture.h"

namespace {

using nlohmann::json;
using torch::Tensor;
using namespace sslx::test;

Tensor tensor_of(const json& values, torch::IntArrayRef shape) {
  return torch::tensor(values.get<std::vector<float>>()).view(shape);
}

class Size : public testing::TestWithParam<size_t> {};

TEST_P(Size, HasTheNamesAndShapesOfTimm) {
  const json& expected = vit_reference().at("names").at(GetParam());
  const auto vit = make_vit({{"size", expected.at("size")}});
  json shapes = json::object();
  int64_t count = 0;
  for (const auto& item : vit->named_parameters()) {
    shapes[item.key()] = item->sizes().vec();
    count += item->numel();
  }
  EXPECT_EQ(shapes, expected.at("shapes"));
  EXPECT_EQ(count, expected.at("parameters"));
  EXPECT_EQ(vit->named_buffers().size(), 0U);
}
INSTANTIATE_TEST_SUITE_P(Vit, Size, testing::Range<size_t>(0, 4));  // tiny, small, base, large.

TEST(VitReference, FeaturesMapsAndAttentionAreTimms) {
  double features = 0, maps = 0, attention = 0;
  ASSERT_EQ(vit_reference().at("outputs").size(), 10U);
  for (const json& entry : vit_reference().at("outputs")) {
    const auto shape = entry.at("images").get<std::vector<int64_t>>();
    const Tensor images = formula_images(shape);
    const auto vit = make_vit(entry.at("parameters"), shape[1]);
    set_formula_weights(*vit);
    const torch::NoGradGuard guard;
    const Tensor expected = tensor_of(entry.at("features"), {shape[0], vit->feature_dim()});
    for (const bool training : {false, true}) {
      vit->train(training);
      features = std::max(features, largest_difference(vit->forward(images), expected));
    }
    if (!entry.contains("attention")) continue;
    const Tensor map = vit->feature_map(images), weights = vit->attention_map(images);
    const Tensor first = map.narrow(0, 0, 1);
    maps = std::max(maps,
                    largest_difference(first, tensor_of(entry.at("feature_map"), first.sizes())));
    attention = std::max(
        attention, largest_difference(weights, tensor_of(entry.at("attention"), weights.sizes())));
  }
  RecordProperty("features", fmt::format("{:.1e}", features));
  RecordProperty("feature_map", fmt::format("{:.1e}", maps));
  RecordProperty("attention", fmt::format("{:.1e}", attention));
  EXPECT_LT(features, 2e-5);
  EXPECT_LT(maps, 2e-5);
  EXPECT_LT(attention, 1e-6);
}

TEST(VitReference, SincosPositionsAreMoCoV3s) {
  for (const json& grid : vit_reference().at("sincos")) {
    const auto side = grid.at("side").get<int64_t>(), width = grid.at("width").get<int64_t>();
    const auto vit = make_vit(small_vit(
        {{"positions", "sincos"}, {"image_size", 4 * side}, {"width", width}, {"depth", 1}}));
    const Tensor positions = vit->named_parameters()["pos_embed"];
    EXPECT_FALSE(positions.requires_grad());
    EXPECT_LT(largest_difference(positions, tensor_of(grid.at("values"), positions.sizes())), 2e-6);
  }
}

TEST(VitReference, WritesWhatTimmLoads) {
  const std::filesystem::path root =
      std::filesystem::path(std::getenv("SSLX_BINARY_DIR")) / "vit_check";
  for (const bool mean : {false, true}) {
    const auto vit = make_vit(small_vit({{"pooling", mean ? "mean" : "class_token"},
                                         {"positions", mean ? "learned" : "sincos"},
                                         {"patch_projection", mean ? "trained" : "frozen"}}));
    set_formula_weights(*vit);
    vit->eval();
    json timm{
        {"img_size", 32}, {"patch_size", 4}, {"embed_dim", 48}, {"depth", 3}, {"num_heads", 4}};
    if (mean) timm.update({{"global_pool", "avg"}, {"fc_norm", false}});
    const auto folder = root / (mean ? "mean" : "class_token");
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "timm.json") << timm.dump();
    const torch::NoGradGuard guard;
    const Tensor images = formula_images({2, 3, 24, 40});
    sslx::train::write_safetensors(sslx::train::module_state(*vit), folder / "model.safetensors");
    sslx::train::write_safetensors({{"images", images},
                                    {"features", vit->forward(images).contiguous()},
                                    {"feature_map", vit->feature_map(images).contiguous()},
                                    {"attention", vit->attention_map(images).contiguous()}},
                                   folder / "example.safetensors");
    EXPECT_TRUE(std::filesystem::exists(folder / "example.safetensors"));
  }
}

}  // namespace
