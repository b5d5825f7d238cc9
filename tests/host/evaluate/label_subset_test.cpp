#include "host/evaluate/label_subset.h"

#include <gtest/gtest.h>

namespace {

using sslx::evaluate::label_subset;
using torch::Tensor;

/// 1,000 images of ten classes, mixed.
Tensor thousand_labels() {
  torch::manual_seed(3);
  return torch::arange(1000).remainder(10).index_select(0, torch::randperm(1000));
}

std::vector<int64_t> per_class(const Tensor& labels, const Tensor& rows, int64_t classes) {
  const Tensor count = torch::bincount(labels.index_select(0, rows), {}, classes);
  return {count.data_ptr<int64_t>(), count.data_ptr<int64_t>() + classes};
}

TEST(LabelSubset, HasAsManyOfEachClass) {
  const Tensor labels = thousand_labels();
  const Tensor tenth = label_subset(labels, 10, 0.1, 0);
  EXPECT_EQ(per_class(labels, tenth, 10), std::vector<int64_t>(10, 10));
  EXPECT_TRUE(sslx::evaluate::is_even(labels.index_select(0, tenth), 10));
  const Tensor hundredth = label_subset(labels, 10, 0.01, 0);
  EXPECT_EQ(per_class(labels, hundredth, 10), std::vector<int64_t>(10, 1));
  EXPECT_TRUE(label_subset(labels, 10, 1.0, 0).equal(torch::arange(1000)));
}

TEST(LabelSubset, IsFixedByTheSeed) {
  const Tensor labels = thousand_labels();
  const Tensor first = label_subset(labels, 10, 0.1, 7);
  torch::manual_seed(99);  // It must not read torch's generator.
  EXPECT_TRUE(first.equal(label_subset(labels, 10, 0.1, 7)));
  EXPECT_FALSE(first.equal(label_subset(labels, 10, 0.1, 8)));
}

TEST(LabelSubset, ASmallerShareIsAPartOfALarger) {
  const Tensor labels = thousand_labels();
  const Tensor small = label_subset(labels, 10, 0.01, 0);
  EXPECT_TRUE(torch::isin(small, label_subset(labels, 10, 0.1, 0)).all().item<bool>());
}

TEST(LabelSubset, HasAtLeastOneOfEachClass) {
  const Tensor labels = thousand_labels();
  EXPECT_EQ(per_class(labels, label_subset(labels, 10, 1e-6, 0), 10), std::vector<int64_t>(10, 1));
}

TEST(LabelSubset, AClassWithFewerGivesAllAndUnlabelledImagesNone) {
  const Tensor labels = torch::tensor({-1, 0, 0, 0, 0, -1, 1, 0, 0, 0, 0, -1});
  const Tensor rows = label_subset(labels, 2, 0.8, 0);
  EXPECT_EQ(per_class(labels, rows, 2), (std::vector<int64_t>{4, 1}));
  EXPECT_FALSE(sslx::evaluate::is_even(labels.index_select(0, rows), 2)) << "the protocol says so";
}

}  // namespace
