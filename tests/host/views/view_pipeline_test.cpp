#include "host/data/view_pipeline.h"

#include <gmock/gmock.h>
#include <sslx/error.h>

#include <functional>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "tests/host/views/test_views.h"

namespace sslx::data {
namespace {

using Indices = std::vector<int64_t>;

TEST(ViewPipeline, BatchCarriesIndicesAndLabels) {
  const ViewPipeline pipeline = test_pipeline(real_recipe(), 0);
  const Batch batch = pipeline.make(0, Indices{13, 2, 47});
  EXPECT_TRUE(batch.indices.equal(torch::tensor({13, 2, 47}, torch::kInt64)));
  EXPECT_TRUE(batch.labels.equal(torch::tensor({3, 2, 7}, torch::kInt64)));
  ASSERT_EQ(batch.views.size(), 2U);
  EXPECT_EQ(batch.views[0].sizes(), (torch::IntArrayRef{3, 3, 8, 8}));
}

TEST(ViewPipeline, DrawsComeFromSeedEpochImageViewAndPosition) {
  const ViewPipeline pipeline =
      test_pipeline({{std::make_shared<Doubled>()}, {std::make_shared<AddDraw>()}}, 0);
  const Batch batch = pipeline.make(6, Indices{9, 31});
  for (size_t view = 0; view < 2; ++view) {
    for (int64_t i = 0; i < 2; ++i) {
      const int64_t image = batch.indices[i].item<int64_t>();
      RandomStream random(42, {6, static_cast<uint32_t>(image), static_cast<uint16_t>(view), 1});
      const torch::Tensor expected =
          to_unit_float(test_images()[image].unsqueeze(0)) * 2 + random.uniform();
      EXPECT_TRUE(batch.views[view][i].equal(expected[0]));
    }
  }
}

TEST(ViewPipeline, ASharedOperationDrawsTheSameForEveryView) {
  const Recipe shared{{std::make_shared<AddDraw>(), true}};
  const Recipe both{{std::make_shared<AddDraw>(), true}, {std::make_shared<AddDraw>()}};
  const ViewPipeline pipeline(Images(test_images()), torch::zeros({50}, torch::kInt64),
                              {shared, shared, both}, 42, 0);
  const Batch batch = pipeline.make(0, Indices{4, 31});
  EXPECT_TRUE(batch.views[0].equal(batch.views[1]));
  EXPECT_FALSE(batch.views[0].equal(batch.views[2])) << "the second operation draws for its view";
  EXPECT_FALSE(batch.views[0].equal(pipeline.make(1, Indices{4, 31}).views[0]));
  const torch::Tensor added = batch.views[0] - to_unit_float(test_images().index({batch.indices}));
  EXPECT_GT((added[0] - added[1]).abs().min().item<float>(), 0) << "each image has its own";
}

TEST(ViewPipeline, SaysHowManyViewsAreLocal) {
  const auto global = Operation{std::make_shared<Doubled>()};
  const ViewPipeline pipeline(Images(test_images()), torch::zeros({50}, torch::kInt64),
                              {{global}, {global}, {global}}, 42, 0, false, /*local_views=*/1);
  EXPECT_EQ(pipeline.make(0, Indices{4}).local_views, 1);
  EXPECT_EQ(test_pipeline(real_recipe(), 0).make(0, Indices{4}).local_views, 0);
}

TEST(ViewPipeline, SameBitsForAnyBatchAndOrder) {
  const ViewPipeline pipeline = test_pipeline(real_recipe(), 0);
  Indices all(50);
  std::iota(all.begin(), all.end(), 0);
  const Batch whole = pipeline.make(1, all);
  for (const int64_t image : {0, 17, 33, 49}) {
    const Batch alone = pipeline.make(1, Indices{image});
    const Batch among = pipeline.make(1, Indices{5, 40, image});
    for (size_t view = 0; view < 2; ++view) {
      EXPECT_TRUE(alone.views[view][0].equal(whole.views[view][image]));
      EXPECT_TRUE(among.views[view][2].equal(whole.views[view][image]));
    }
  }
}

// A batch that no cache holds is written around them. No image of these begins where the one before
// it did, as seen from a register.
TEST(ViewPipeline, ALargeBatchIsWhatASmallOneIs) {
  for (const int64_t channels : {1, 3, 4}) {
    for (const bool channels_last : {false, true}) {
      const int64_t count = 270 / channels;
      const ViewPipeline pipeline(
          Images(torch::randint(256, {count, channels, 211, 97}, torch::kUInt8)),
          torch::zeros({count}, torch::kInt64), {{{std::make_shared<AddDraw>()}}}, 42, 0,
          channels_last);
      Indices all(static_cast<size_t>(count));
      std::iota(all.begin(), all.end(), 0);
      const Batch large = pipeline.make(0, all);
      ASSERT_GT(large.views[0].nbytes(), size_t{16} << 20U);
      for (const int64_t image : {int64_t{0}, count / 2, count - 1}) {
        const Batch small = pipeline.make(0, Indices{image});
        EXPECT_TRUE(small.views[0][0].equal(large.views[0][image])) << channels << channels_last;
      }
    }
  }
}

TEST(ViewPipeline, WhatIsLeftToTheDeviceIsTheSame) {
  const ViewPipeline whole = test_pipeline(real_recipe(), 0);
  ViewPipeline left = test_pipeline(real_recipe(), 0, 50, /*channels_last=*/true);
  left.leave_rest_to_device();
  Indices indices(50);
  std::iota(indices.begin(), indices.end(), 0);
  const Batch expected = whole.make(3, indices);
  ViewMemory memory;
  Batch batch = left.allocate(indices, memory);
  for (int64_t slice = 0; slice < left.slice_count(50); ++slice) {
    left.fill(batch, 3, indices, slice);
  }
  EXPECT_FALSE(batch.views[0].equal(expected.views[0])) << "nothing is left";
  left.finish(batch, 3, indices);
  for (size_t view = 0; view < 2; ++view) {
    EXPECT_TRUE(batch.views[view].equal(expected.views[view]));
    EXPECT_TRUE(left.make(3, indices).views[view].equal(expected.views[view]));
  }
}

TEST(ViewPipeline, AnImageThatIsThereAgainIsDrawnAnew) {
  const ViewPipeline pipeline = test_pipeline({{std::make_shared<AddDraw>()}}, 0);
  const Batch batch = pipeline.make(0, Indices{7, 57, 107});
  EXPECT_TRUE(batch.indices.equal(torch::tensor({7, 7, 7}, torch::kInt64)));
  EXPECT_TRUE(batch.labels.equal(torch::tensor({7, 7, 7}, torch::kInt64)));
  const torch::Tensor added = batch.views[0] - to_unit_float(test_images()[7].unsqueeze(0));
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_LT((added[i] - added[i].mean()).abs().max().item<double>(), 1e-6) << "another image";
    EXPECT_GT((added[i] - added[(i + 1) % 3]).abs().min().item<double>(), 1e-4) << i;
  }
}

TEST(ViewPipeline, ViewsAndEpochsDiffer) {
  const ViewPipeline pipeline = test_pipeline(real_recipe(), 0);
  const Batch batch = pipeline.make(0, Indices{4});
  EXPECT_FALSE(batch.views[0].equal(batch.views[1]));
  EXPECT_FALSE(batch.views[0].equal(pipeline.make(1, Indices{4}).views[0]));
  EXPECT_TRUE(batch.views[0].equal(pipeline.make(0, Indices{4}).views[0]));
}

TEST(ViewPipeline, EmptyRecipeGivesTheImages) {
  const ViewPipeline pipeline = test_pipeline({}, 0);
  const Batch batch = pipeline.make(0, Indices{20});
  EXPECT_TRUE(batch.views[0].equal(to_unit_float(test_images().slice(0, 20, 21))));
}

TEST(ViewPipeline, ChannelsLastHasTheSameValues) {
  const Indices indices{3, 1, 4, 15, 9, 26, 5, 35, 8, 7, 44, 23, 24, 36, 46, 12, 49, 38};
  const Batch plain = test_pipeline(real_recipe(), 0).make(2, indices);
  const Batch last = test_pipeline(real_recipe(), 0, 50, true).make(2, indices);
  EXPECT_TRUE(last.views[1].is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(last.views[1].equal(plain.views[1]));
}

TEST(ViewPipeline, RefusesWhatDoesNotFit) {
  const torch::Tensor labels = torch::zeros({50}, torch::kInt64);
  EXPECT_THROW(Images(test_images().to(torch::kFloat32)), Error);
  EXPECT_THROW(ViewPipeline(Images(test_images()), labels.slice(0, 1), {}, 0, 0), Error);
  EXPECT_THROW(test_pipeline({}, 0).make(0, Indices{-1}), Error);
}

/// Announces an image as large as it was given, and makes what it is told to.
struct Liar : Doubled {
  explicit Liar(std::function<torch::Tensor(torch::Tensor)> make) : make(std::move(make)) {}
  torch::Tensor apply(torch::Tensor images, const torch::Tensor&) const override {
    return make(std::move(images));
  }
  std::function<torch::Tensor(torch::Tensor)> make;
};

std::string error_of(const std::function<torch::Tensor(torch::Tensor)>& make) {
  const Operation liar{std::make_shared<Liar>(make), false, "augmentation 'liar'"};
  const ViewPipeline pipeline(Images(test_images()), torch::zeros({50}, torch::kInt64),
                              {{}, {{std::make_shared<Doubled>()}, liar}}, 42, 1);
  Loader loader(pipeline, {.batch_size = 10});
  try {
    loader.next();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// In a thread of the loader, too, and not the method's fault.
TEST(ViewPipeline, WhatAnAugmentationDoesWrongIsToldOfIt) {
  EXPECT_EQ(error_of([](torch::Tensor) -> torch::Tensor { throw std::runtime_error("gave up"); }),
            "augmentation 'liar' in view 2: gave up");
  EXPECT_EQ(error_of([](torch::Tensor) -> torch::Tensor {
              return torch::zeros({std::vector<int>(3).at(5)});
            }).substr(0, 83),
            "augmentation 'liar' in view 2: an index, a key or a number is outside its range (ve");
  EXPECT_EQ(
      error_of([](torch::Tensor images) { return images.slice(1, 0, 2).contiguous(); }),
      "augmentation 'liar' in view 2: its images have shape [10, 2, 8, 8]; its output_shape() "
      "announced [10, 3, 8, 8]");
}

TEST(ViewPipeline, ViewsThatNoMemoryHoldsAreRefusedBeforeTheyAreMade) {
  struct Huge : Doubled {
    ImageShape output_shape(const ImageShape&) const override { return {3, 1 << 20, 1 << 20}; }
  };
  const ViewPipeline pipeline(Images(test_images()), torch::zeros({50}, torch::kInt64),
                              {{{std::make_shared<Huge>()}}}, 42, 1);
  EXPECT_EQ(pipeline.bytes_of(2), 2.0 * 3 * 4 * (1LL << 40));
  try {
    Loader(pipeline, {.batch_size = 10});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith(
                                  "the views of 3 batches of 10 images take 395.8 TB in memory"));
    EXPECT_EQ(error.exit_code(), 2);
  }
}

TEST(ApplyRecipe, AppliesWhatDoesNotDrawAndRefusesWhatDoes) {
  const torch::Tensor images = test_images(3);
  EXPECT_TRUE(
      apply_recipe(images, {{std::make_shared<Doubled>()}}).equal(to_unit_float(images) * 2));
  EXPECT_TRUE(apply_recipe(images, {}).equal(to_unit_float(images)));
  EXPECT_THROW(apply_recipe(images, {{std::make_shared<AddDraw>()}}), Error);
}

TEST(ViewMemoryTest, GivesOutAgainOnlyWhatNobodyHolds) {
  ViewMemory memory;
  const auto take = [&](int64_t count) {
    return memory.take({count, 1, 2, 2}, torch::MemoryFormat::Contiguous);
  };
  torch::Tensor first = take(3);
  const void* place = first.data_ptr();
  const torch::Tensor second = take(3);
  EXPECT_NE(second.data_ptr(), place);
  torch::Tensor part = first.narrow(0, 1, 1);
  first.reset();
  EXPECT_NE(take(3).data_ptr(), place) << "a part of it is still held";
  part.reset();
  EXPECT_NE(take(2).data_ptr(), place) << "of another size";
  EXPECT_EQ(take(3).data_ptr(), place);
}

}  // namespace
}  // namespace sslx::data
