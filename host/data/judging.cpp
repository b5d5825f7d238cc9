#include "host/data/judging.h"

#include <fmt/format.h>

namespace sslx::data {

std::string why_not_judged(std::string_view table, bool has_labels, bool has_test) {
  const std::string_view set = table.empty() ? "the data set" : table;
  const char* hint = table.empty() ? "; evaluate.data may name another" : "";
  if (!has_labels) return fmt::format("the training images of {} have no labels{}", set, hint);
  return has_test ? "" : fmt::format("{} has no test images{}", set, hint);
}

std::string few_neighbours(int64_t k, int64_t images) {
  if (k <= images) return "";
  return fmt::format(
      "evaluate.knn.k is {}, but there are {} training images with a label: the neighbours will "
      "be all of them, as the protocol says",
      k, images);
}

}  // namespace sslx::data
