// The loader: same bits for any number of workers, errors that arrive, a stop at any moment.
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sslx/error.h>

#include <chrono>
#include <thread>

#include "host/data/sampler.h"
#include "tests/host/views/test_views.h"

namespace sslx::data {
namespace {

std::vector<Batch> load_all(int workers, LoaderOptions options) {
  const ViewPipeline pipeline = test_pipeline(real_recipe(), workers);
  Loader loader(pipeline, options);
  std::vector<Batch> out;
  for (int64_t i = 0; i < loader.total_batches(); ++i) out.push_back(loader.next());
  return out;
}

TEST(Loader, SameBitsForAnyNumberOfWorkers) {
  const LoaderOptions options{20, false, 5, 3};
  const std::vector<Batch> reference = load_all(0, options);
  ASSERT_EQ(reference.size(), 9U);
  for (const int workers : {1, 2, 4}) {
    const std::vector<Batch> batches = load_all(workers, options);
    ASSERT_EQ(batches.size(), reference.size());
    for (size_t i = 0; i < batches.size(); ++i) {
      EXPECT_TRUE(batches[i].indices.equal(reference[i].indices));
      EXPECT_TRUE(batches[i].labels.equal(reference[i].labels));
      for (size_t view = 0; view < 2; ++view) {
        EXPECT_TRUE(batches[i].views[view].equal(reference[i].views[view]));
      }
    }
  }
}

/// A method may say which images an epoch has.
TEST(Loader, TakesTheImagesOfItsLastEpochAsTheyAreGiven) {
  std::vector<int64_t> images(50, 3);
  for (int64_t i = 0; i < 25; ++i) images[static_cast<size_t>(i)] = i;
  for (const int workers : {0, 2}) {
    const ViewPipeline pipeline = test_pipeline(real_recipe(), workers);
    Loader loader(pipeline, {.batch_size = 10,
                             .drop_last = true,
                             .seed = 5,
                             .epochs = 2,
                             .first = 5,
                             .last_epoch = images});
    ASSERT_EQ(loader.total_batches(), 10);
    std::vector<torch::Tensor> all;
    std::vector<torch::Tensor> views;
    for (int i = 0; i < 5; ++i) {
      const Batch batch = loader.next();
      all.push_back(batch.indices);
      views.push_back(batch.views[0]);
      EXPECT_TRUE(torch::tensor(loader.indices()).remainder(50).equal(batch.indices));
    }
    EXPECT_TRUE(torch::cat(all).equal(torch::tensor(images)));
    EXPECT_TRUE(views[0].equal(
        pipeline.make(1, std::vector<int64_t>(images.begin(), images.begin() + 10)).views[0]));
    EXPECT_FALSE(views[4][0].equal(views[4][1])) << "one image twice, with the same draws";
  }
}

/// Each of several processes has its part of every batch, with the very views of the whole.
TEST(Loader, PartsMakeTheBatch) {
  const ViewPipeline pipeline = test_pipeline(real_recipe(), 2);
  const std::vector<Batch> whole = load_all(0, {20, true, 5, 2});
  std::vector<std::unique_ptr<Loader>> parts;
  for (int64_t part = 0; part < 4; ++part) {
    const LoaderOptions options{.batch_size = 20, .seed = 5, .epochs = 2, .part = part, .parts = 4};
    parts.push_back(std::make_unique<Loader>(pipeline, options));
    ASSERT_EQ(parts.back()->total_batches(), std::ssize(whole));
  }
  for (const Batch& batch : whole) {
    std::vector<torch::Tensor> indices;
    std::vector<torch::Tensor> views;
    for (const auto& part : parts) {
      const Batch own = part->next();
      indices.push_back(own.indices);
      views.push_back(own.views[1]);
    }
    EXPECT_TRUE(torch::cat(indices).equal(batch.indices));
    EXPECT_TRUE(torch::cat(views).equal(batch.views[1]));
  }
}

TEST(Loader, FollowsTheSamplersOrder) {
  const std::vector<Batch> batches = load_all(2, {20, true, 5, 2});
  const Sampler sampler(50, 20, true, 5);
  ASSERT_EQ(batches.size(), 4U);
  for (int64_t i = 0; i < 4; ++i) {
    const std::vector<int64_t> order = sampler.order(i / 2);
    const auto expected = sampler.batch(order, i % 2);
    EXPECT_TRUE(batches[static_cast<size_t>(i)].indices.equal(
        torch::tensor(std::vector<int64_t>(expected.begin(), expected.end()))));
  }
}

TEST(Loader, BeginsAtAnyBatch) {
  const std::vector<Batch> all = load_all(0, {20, false, 5, 3});
  for (const int workers : {0, 2}) {
    const ViewPipeline pipeline = test_pipeline(real_recipe(), workers);
    for (int64_t first = 0; first <= 9; ++first) {
      Loader loader(pipeline,
                    {.batch_size = 20, .drop_last = false, .seed = 5, .epochs = 3, .first = first});
      EXPECT_EQ(loader.total_batches(), 9);
      for (int64_t i = first; i < 9; ++i) {
        const Batch batch = loader.next();
        EXPECT_TRUE(batch.indices.equal(all[static_cast<size_t>(i)].indices)) << first;
        EXPECT_TRUE(batch.views[1].equal(all[static_cast<size_t>(i)].views[1])) << first;
      }
      EXPECT_THROW(loader.next(), Error);
    }
  }
}

/// Throws at its `calls`-th call.
class Faulty : public AddDraw {
 public:
  explicit Faulty(int calls) : calls_(calls) {}
  torch::Tensor apply(torch::Tensor images, const torch::Tensor& draws) const override {
    if (++made_ == calls_) throw input_error("this image cannot be augmented");
    return AddDraw::apply(std::move(images), draws);
  }

 private:
  int calls_;
  mutable std::atomic<int> made_ = 0;
};

TEST(Loader, ErrorsOfWorkersReachTheCaller) {
  // Several work on both views at once, and whose call is the fifth is theirs to settle.
  for (const int workers : {0, 1, 4}) {
    const std::string views = workers > 1 ? "[12]" : "1";
    const ViewPipeline pipeline = test_pipeline({{std::make_shared<Faulty>(5)}}, workers);
    Loader loader(pipeline, {20, false, 5, 100});
    const auto read_all = [&] {
      for (int64_t i = 0; i < loader.total_batches(); ++i) loader.next();
    };
    EXPECT_THROW(
        {
          try {
            read_all();
          } catch (const Error& error) {
            EXPECT_THAT(error.what(),
                        testing::MatchesRegex(fmt::format(
                            "an operation in view {}: this image cannot be augmented", views)));
            throw;
          }
        },
        Error);
  }
}

TEST(Loader, StopsAtAnyMoment) {
  const ViewPipeline pipeline = test_pipeline(real_recipe(), 3);
  for (int read = 0; read < 12; ++read) {
    Loader loader(pipeline, {8, true, 5, 1000});
    for (int i = 0; i < read; ++i) loader.next();
    if (read % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST(Loader, NoMoreBatchesThanThereAre) {
  const ViewPipeline pipeline = test_pipeline(real_recipe(), 2);
  Loader loader(pipeline, {25, true, 5, 1});
  loader.next();
  loader.next();
  EXPECT_THROW(loader.next(), Error);
}

/// Notes how many threads torch would use where it is called.
class NotesThreads : public AddDraw {
 public:
  torch::Tensor apply(torch::Tensor images, const torch::Tensor& draws) const override {
    seen = at::get_num_threads();
    return AddDraw::apply(std::move(images), draws);
  }
  mutable std::atomic<int> seen = 0;
};

TEST(Loader, LeavesTorchsThreadsAlone) {
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  const auto notes = std::make_shared<NotesThreads>();
  const ViewPipeline pipeline = test_pipeline({{notes}}, 1);
  Loader loader(pipeline, {25, true, 5, 1});
  loader.next();
  EXPECT_EQ(notes->seen, 1);
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

}  // namespace
}  // namespace sslx::data
