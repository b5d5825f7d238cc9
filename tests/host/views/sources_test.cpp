// Operations on some of an image's channels, and crops that all sources of a scene share.
#include "host/data/sources.h"

#include <gtest/gtest.h>
#include <sslx/error.h>

#include "host/data/view_pipeline.h"
#include "test_views.h"

namespace {

using sslx::data::ChannelRange;
using sslx::data::Source;

const std::vector<Source> kSceneSources{{"image", 3}, {"depth", 1}, {"normals", 3}};

/// Adds its one drawn number and says that it makes one channel.
class AddDrawn : public sslx::Augmentation {
 public:
  int64_t parameter_count() const override { return 1; }
  void sample(sslx::RandomStream& random, const sslx::ImageShape& shape,
              std::span<float> out) const override {
    out[0] = random.uniform() + static_cast<float>(shape.channels);
  }
  torch::Tensor apply(torch::Tensor images, const torch::Tensor& numbers) const override {
    return sslx::to_unit_float(images).mean(1, true) + numbers.view({-1, 1, 1, 1});
  }
  sslx::ImageShape output_shape(const sslx::ImageShape& shape) const override {
    return {1, shape.height, shape.width};
  }
};

TEST(Sources, LieOneAfterTheOther) {
  const ChannelRange depth = sslx::data::range_of_source(kSceneSources, "depth");
  EXPECT_EQ(depth.first, 3);
  EXPECT_EQ(depth.count, 1);
  EXPECT_EQ(sslx::data::range_of_source(kSceneSources, "normals").first, 4);
  try {
    sslx::data::range_of_source(kSceneSources, "depht");
    FAIL();
  } catch (const sslx::Error& error) {
    EXPECT_EQ(
        std::string(error.what()),
        "the source 'depht' is no view that is there; it must be one of image, depth, normals");
  }
}

TEST(Sources, AreTakenInTheOrderAskedFor) {
  const auto take = sslx::data::take_channels({{4, 3}, {3, 1}});
  const torch::Tensor scene = torch::randint(0, 256, {2, 7, 5, 4}, torch::kUInt8);
  const torch::Tensor taken = take->apply(scene, torch::empty({2, 0}));
  const torch::Tensor expected =
      torch::cat({scene.narrow(1, 4, 3), scene.narrow(1, 3, 1)}, 1).to(torch::kFloat32) / 255;
  EXPECT_TRUE(torch::allclose(taken, expected));
  EXPECT_EQ(take->output_shape({7, 5, 4}).channels, 4);
}

TEST(Sources, AnOperationMayBeForOneAlone) {
  const auto only = sslx::data::on_channels(std::make_shared<AddDrawn>(), {0, 3});
  const torch::Tensor scene = torch::rand({2, 7, 5, 4});
  const torch::Tensor numbers = torch::tensor({{0.5F}, {2.0F}});
  const torch::Tensor made = only->apply(scene, numbers);
  EXPECT_EQ(only->output_shape({7, 5, 4}).channels, 5);
  EXPECT_TRUE(made.narrow(1, 1, 4).equal(scene.narrow(1, 3, 4)));
  EXPECT_TRUE(torch::allclose(made.narrow(1, 0, 1),
                              scene.narrow(1, 0, 3).mean(1, true) + numbers.view({2, 1, 1, 1})));
  float drawn = 0;
  sslx::RandomStream random(1);
  only->sample(random, {7, 5, 4}, {&drawn, 1});
  EXPECT_GE(drawn, 3);  // Its draw is told of three channels, not of seven.
}

/// Views of different sources with a shared draw at the same position get the same numbers.
TEST(Sources, ShareTheirDraws) {
  const auto crop = std::make_shared<AddDrawn>();
  std::vector<sslx::data::Recipe> recipes;
  for (const int64_t channel : {0, 1}) {
    recipes.push_back({{sslx::data::take_channels({{channel, 1}}), false}, {crop, true}});
  }
  const torch::Tensor scenes = torch::zeros({6, 2, 4, 4}, torch::kUInt8);
  const sslx::data::ViewPipeline pipeline(sslx::data::Images(scenes),
                                          torch::zeros({6}, torch::kInt64), recipes, 3, 0);
  const std::vector<int64_t> indices{4, 0, 2};
  const sslx::Batch batch = pipeline.make(1, indices);
  EXPECT_TRUE(batch.views[0].equal(batch.views[1]));
  EXPECT_NE(batch.views[0][0][0][0][0].item<float>(), batch.views[0][1][0][0][0].item<float>());
}

}  // namespace
