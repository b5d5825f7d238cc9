// The labelled part of a data set for semi-supervised evaluation: a share of the labels, as many of
// each class (SimCLR v2, arXiv:2006.10029, section 3).
#pragma once

#include <sslx/torch_base.h>

namespace sslx::evaluate {

/// Places of the images whose labels may be read, rising. Of each class as many, its share of all
/// labelled images but at least one, or all where a class has fewer; -1 is no label. Which ones is
/// a function of the labels and the seed alone, so that every method gets the same, and a smaller
/// share is a part of a larger one.
torch::Tensor label_subset(const torch::Tensor& labels, int64_t classes, double share,
                           uint64_t seed);

/// Whether the labels, 0 to classes - 1, are as many of each class; those of a subset are not where
/// a class has fewer than its share.
bool is_even(const torch::Tensor& labels, int64_t classes);

}  // namespace sslx::evaluate
