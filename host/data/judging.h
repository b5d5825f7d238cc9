// What the images that a network is judged by allow, in words: a sweep says it before its first
// trial where it knows their numbers, and a trial when it has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sslx::data {

/// Why nothing can be evaluated, or empty. `table`: what names the data, "evaluate.data"; "" is the
/// data set that is trained on.
std::string why_not_judged(std::string_view table, bool has_labels, bool has_test);

/// That kNN asks for more neighbours than there are training images with a label, or empty.
std::string few_neighbours(int64_t k, int64_t images);

}  // namespace sslx::data
