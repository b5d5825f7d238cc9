#include "host/sweep/size_check.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/batch_check.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

int64_t per_class(const json& data, const char* key) { return data.value(key, int64_t{0}); }

/// An error at the key, of this trial.
Error at_key(const Config& given, const std::string& key, const std::string& label,
             const std::string& what) {
  return input_error(fmt::format("{}: {}: {}", given.origin(key), label, what));
}

void check_subset(const Config& given, const json& data, const char* key,
                  const data::LabelCounts& counts, const std::string& label) {
  const int64_t wanted = per_class(data, key);
  if (wanted == 0 || counts.classes.empty() || wanted <= counts.least()) return;
  throw at_key(given, fmt::format("data.{}", key), label,
               fmt::format("data.{} is {}, but a class has only {} images; it must be at most that",
                           key, wanted, counts.least()));
}

/// As host/trial does it, which is the second line of defence where the size is not known.
void check_batches(const Config& given, const json& trial, int64_t images,
                   const std::string& label) {
  try {
    data::check_batch(trial.at("train"), images);
  } catch (const Error& error) {
    throw at_key(given, "train.batch_size", label, error.what());
  }
}

}  // namespace

int64_t training_images(const json& data, const data::DataSizes& sizes) {
  const auto first = data.value("train_images", int64_t{0});  // of a folder without labels
  const int64_t unlabelled =
      first > 0 ? std::min(first, sizes.train.unlabelled) : sizes.train.unlabelled;
  return sizes.train.labelled(per_class(data, "train_per_class")) + unlabelled;
}

int64_t training_steps(const json& train, int64_t images) {
  return data::steps_per_epoch(train, images) * train.at("epochs").get<int64_t>();
}

void check_sizes(const Config& given, const json& trial, const data::DataSizes& sizes,
                 const std::string& label) {
  const json& data = trial.at("data");
  check_subset(given, data, "train_per_class", sizes.train, label);
  check_subset(given, data, "test_per_class", sizes.test, label);
  check_batches(given, trial, training_images(data, sizes), label);
}

std::vector<std::string> size_notes(const json& trial, const data::DataSizes& sizes) {
  const auto k = trial.at("evaluate").at("knn").at("k").get<int64_t>();
  const int64_t images = sizes.train.labelled(per_class(trial.at("data"), "train_per_class"));
  if (k <= images || images == 0) return {};
  return {
      fmt::format("evaluate.knn.k is {}, but there are {} training images with a label: the "
                  "neighbours will be all of them, as the protocol says",
                  k, images)};
}

}  // namespace sslx::sweep
