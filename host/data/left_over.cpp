#include "host/data/left_over.h"

#include <fmt/format.h>
#include <sslx/error.h>

namespace sslx::data {

void check_left_over(const nlohmann::json& train, int64_t images) {
  const auto batch = train.at("batch_size").get<int64_t>();
  if (train.at("drop_last").get<bool>() || batch == 1 || images % batch != 1) return;
  int64_t other = batch - 1;
  while (other > 1 && images % other == 1) --other;
  const std::string size =
      other > 1 ? fmt::format("train.batch_size must be another, as {}, or ", other) : "";
  throw input_error(fmt::format(
      "train.batch_size is {} and train.drop_last is false, which leaves a batch of one image of "
      "the {} training images, and one image can be compared with no other; {}train.drop_last must "
      "be true",
      batch, images, size));
}

}  // namespace sslx::data
