#include "host/sweep/size_check.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/batch_check.h"
#include "host/data/judging.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

int64_t per_class(const json& data, const char* key) { return data.value(key, int64_t{0}); }

/// An error at the key, of this trial.
Error at_key(const Config& given, const std::string& key, const std::string& label,
             const std::string& what) {
  return input_error(fmt::format("{}: {}: {}", given.origin(key), label, what));
}

/// `table` is where it stands in the file: "data" or "evaluate.data".
void check_subset(const Config& given, const std::string& table, const json& data,
                  const std::string& option, const data::LabelCounts& counts,
                  const std::string& label) {
  const int64_t wanted = data.value(option, int64_t{0});
  if (wanted == 0 || counts.classes.empty() || wanted <= counts.least()) return;
  const std::string key = fmt::format("{}.{}", table, option);
  throw at_key(given, key, label,
               fmt::format("{} is {}, but a class has only {} images; it must be at most that", key,
                           wanted, counts.least()));
}

void check_subsets(const Config& given, const std::string& table, const json& data,
                   const data::DataSizes& sizes, const std::string& label) {
  check_subset(given, table, data, "train_per_class", sizes.train, label);
  check_subset(given, table, data, "test_per_class", sizes.test, label);
}

/// The table of the images that a trial is judged by.
const json& judged_data(const json& trial) {
  const json& evaluate = trial.at("evaluate");
  return evaluate.contains("data") ? evaluate.at("data") : trial.at("data");
}

/// Empty when it can be.
std::string why_not_judged(const json& trial, const data::DataSizes& sizes) {
  const bool own = !trial.at("evaluate").contains("data");
  return data::why_not_judged(own ? "" : "evaluate.data", sizes.train.labelled() > 0,
                              sizes.test.labelled() > 0);
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

int64_t unlabelled_images(const json& data, const data::DataSizes& sizes) {
  const int64_t first = data.value("train_images", int64_t{0});
  return first > 0 ? std::min(first, sizes.train.unlabelled) : sizes.train.unlabelled;
}

int64_t training_images(const json& data, const data::DataSizes& sizes) {
  return sizes.train.labelled(per_class(data, "train_per_class")) + unlabelled_images(data, sizes);
}

int64_t training_steps(const json& train, int64_t images) {
  return data::steps_per_epoch(train, images) * train.at("epochs").get<int64_t>();
}

void check_sizes(const Config& given, const json& trial, const data::DataSizes& sizes,
                 const std::string& label) {
  const json& data = trial.at("data");
  check_subsets(given, "data", data, sizes, label);
  check_batches(given, trial, training_images(data, sizes), label);
}

void check_evaluation(const Config& given, const json& trial, const data::DataSizes& sizes,
                      const std::string& label) {
  const json& evaluate = trial.at("evaluate");
  if (evaluate.contains("data")) {
    check_subsets(given, "evaluate.data", evaluate.at("data"), sizes, label);
  }
  if (!evaluate.contains("finetune")) return;
  const std::string why = why_not_judged(trial, sizes);
  if (why.empty()) return;
  throw at_key(given, "evaluate.finetune", label,
               fmt::format("evaluate.finetune cannot be done: {}", why));
}

std::vector<std::string> size_notes(const json& trial, const data::DataSizes& sizes) {
  const std::string why = why_not_judged(trial, sizes);
  if (!why.empty()) return {fmt::format("nothing is evaluated: {}", why)};
  const auto k = trial.at("evaluate").at("knn").at("k").get<int64_t>();
  const int64_t images = sizes.train.labelled(per_class(judged_data(trial), "train_per_class"));
  const std::string few = data::few_neighbours(k, images);
  return few.empty() ? std::vector<std::string>() : std::vector{few};
}

}  // namespace sslx::sweep
