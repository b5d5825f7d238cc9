#include "host/trial/trial_checks.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/reads_labels.h>

#include "host/data/judging.h"

namespace sslx::train {
namespace {

void check_company(const Trained& trained) {
  if (trained.method.separable() || trained.config.at("train").at("batch_size") != 1) return;
  throw input_error(fmt::format(
      "train.batch_size is 1, but {} compares the images of a batch with one another; it must be "
      "at least 2",
      trained.who));
}

void check_labels(const Trained& trained) {
  const auto* reader = dynamic_cast<const ReadsLabels*>(&trained.method);
  if (reader == nullptr || !reader->reads_labels()) return;
  const auto without = trained.labels.lt(0).sum().item<int64_t>();
  if (without == 0) return;
  const bool asked_for = trained.config.at("data").value("unlabeled", false);
  throw input_error(
      fmt::format("{} learns from labels, and {} of the {} training images have none; {}",
                  trained.who, without, trained.labels.size(0),
                  asked_for ? "data.unlabeled must be false" : "each image must have a label"));
}

std::string of_split_batches(const Trained& trained) {
  const nlohmann::json& train = trained.config.at("train");
  const int64_t accumulate = train.value("accumulate", int64_t{1});
  if (accumulate == 1 || trained.method.separable()) return "";
  const auto batch = train.at("batch_size").get<int64_t>();
  return fmt::format(
      "train.accumulate is {}, but {} compares the images of a batch with one another: its loss "
      "is that of batches of {}, not of {}",
      accumulate, trained.who, batch, batch * accumulate);
}

std::string of_few_neighbours(const Trained& trained) {
  const auto k = trained.config.at("evaluate").at("knn").at("k").get<int64_t>();
  const auto images = trained.judges.ge(0).sum().item<int64_t>();
  return images == 0 ? "" : data::few_neighbours(k, images);
}

}  // namespace

std::string method_name(const nlohmann::json& config) {
  return fmt::format("method '{}'", config.at("method").at("name").get<std::string>());
}

void check_trained(const Trained& trained) {
  check_company(trained);
  check_labels(trained);
}

std::vector<std::string> warnings_of(const Trained& trained, bool trains) {
  std::vector<std::string> out;
  if (trains) out.push_back(of_split_batches(trained));
  out.push_back(of_few_neighbours(trained));
  std::erase(out, "");
  return out;
}

}  // namespace sslx::train
