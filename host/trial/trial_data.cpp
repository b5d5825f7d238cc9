#include "host/trial/trial_data.h"

#include <algorithm>

#include "host/data/data_state.h"
#include "host/data/judging.h"
#include "host/data/mapped_file.h"

namespace sslx::train {
namespace {

using nlohmann::json;

json facts_of(const data::Dataset& set) {
  json out{{"train", set.train.size()},         {"test", set.test.size()},
           {"classes", set.class_names.size()}, {"channels", set.train.channels},
           {"height", set.train.height},        {"width", set.train.width},
           {"unreadable", set.unreadable}};
  for (const auto& [kind, one] : set.left_out) out["left_out"][kind] = one.count;
  return out;
}

LoadedData load(const json& config, const std::filesystem::path& path, const std::string& state,
                size_t place) {
  data::DataSpec spec = data::data_spec(config, path);
  spec.planned = state;
  const data::Dataset set = data::load_dataset(spec);
  if (!set.mapped.empty()) {
    zeros_for_lost_pages({set.train.pixels.data(), set.test.pixels.data() + set.test.pixels.size()},
                         place);
  }
  return {.train = as_split(set.train),
          .test = as_split(set.test),
          .classes = static_cast<int64_t>(set.class_names.size()),
          .channels = set.train.channels,
          .sources = set.sources,
          .facts = facts_of(set),
          .warnings = set.warnings,
          .mapped = set.mapped,
          .damaged = set.damaged,
          .unreadable = set.unreadable};
}

}  // namespace

TrialData::TrialData(const TrialRequest& request)
    : trained_(load(request.config.at("data"), request.data_path, request.data_state, 0)) {
  const json& evaluate = request.config.at("evaluate");
  if (!evaluate.contains("data")) return;
  judged_ = load(evaluate.at("data"), request.evaluation_path, request.evaluation_state, 1);
}

std::string TrialData::why_not_judged() const {
  const std::string why = data::why_not_judged(
      !judged_, judged().train.labels.ge(0).any().item<bool>(), judged().test.labels.size(0) > 0);
  return why.empty() ? "" : "nothing is evaluated, since " + why;
}

json TrialData::facts() const {
  json out = trained_.facts;
  if (judged_) out["evaluation"] = judged_->facts;
  return out;
}

std::vector<std::string> TrialData::warnings() const {
  std::vector<std::string> out = trained_.warnings;
  if (judged_) out.insert(out.end(), judged_->warnings.begin(), judged_->warnings.end());
  return out;
}

int64_t TrialData::unreadable() const {
  const auto of = [](const LoadedData& one) {
    return one.damaged ? one.damaged->count() : one.unreadable;
  };
  return of(trained_) + (judged_ ? of(*judged_) : 0);
}

std::vector<std::string> TrialData::news() const {
  std::vector<std::string> out;
  for (const LoadedData* one : {&trained_, judged_ ? &*judged_ : nullptr}) {
    if (one == nullptr || !one->damaged) continue;
    for (std::string& file : one->damaged->news()) out.push_back(std::move(file));
  }
  return out;
}

void TrialData::check() const {
  std::ranges::for_each(trained_.mapped, data::check_unchanged);
  if (judged_) std::ranges::for_each(judged_->mapped, data::check_unchanged);
}

}  // namespace sslx::train
