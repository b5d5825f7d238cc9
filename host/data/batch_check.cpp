#include "host/data/batch_check.h"

#include <fmt/format.h>
#include <sslx/error.h>

namespace sslx::data {
namespace {

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

/// Each process has an equal share of every batch, at least of two images: one can be compared with
/// no other.
void check_processes(const nlohmann::json& train, int64_t images) {
  const auto processes = train.value("processes", int64_t{1});
  if (processes == 1) return;
  const auto batch = train.at("batch_size").get<int64_t>();
  if (batch % processes != 0 || batch < 2 * processes) {
    throw input_error(fmt::format(
        "train.batch_size is {} and train.processes is {}; the batch must be a multiple of the "
        "processes, of two images each at least",
        batch, processes));
  }
  const int64_t left = train.at("drop_last").get<bool>() ? 0 : images % batch;
  if (left % processes == 0 && (left == 0 || left >= 2 * processes)) return;
  throw input_error(fmt::format(
      "train.drop_last is false, and the last batch of the {} training images has {}, which {} "
      "processes cannot share alike, two each at least; train.drop_last must be true",
      images, left, processes));
}

}  // namespace

int64_t steps_per_epoch(const nlohmann::json& train, int64_t images) {
  const int64_t step =
      train.at("batch_size").get<int64_t>() * train.value("accumulate", int64_t{1});
  return train.at("drop_last").get<bool>() ? images / step : (images + step - 1) / step;
}

void check_batch(const nlohmann::json& train, int64_t images) {
  check_processes(train, images);
  if (steps_per_epoch(train, images) > 0) return check_left_over(train, images);
  const auto accumulate = train.value("accumulate", int64_t{1});
  const std::string also =
      accumulate > 1 ? fmt::format(" and train.accumulate {}, together", accumulate) : ",";
  throw input_error(fmt::format(
      "train.batch_size is {}{} more than the {} training images; it must be at most that many",
      train.at("batch_size").dump(), also, images));
}

}  // namespace sslx::data
