#include "host/trial/trial_data.h"

#include <algorithm>

#include "host/data/data_state.h"
#include "host/data/judging.h"
#include "host/data/mapped_file.h"
#include "host/data/path_text.h"

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
  size_t place = 1;
  if (evaluate.contains("data")) {
    judged_ = load(evaluate.at("data"), request.evaluation_path, request.evaluation_state, place++);
  }
  for (const json& probe : evaluate.value("probe", json::array())) {
    if (!probe.contains("data")) continue;
    const auto name = probe.at("name").get<std::string>();
    const json own = request.probe_data.value(name, json::object());
    probed_.emplace(name, load(probe.at("data"), data::text_path(own.value("path", "")),
                               own.value("state", ""), place++));
  }
}

const LoadedData& TrialData::probed(const std::string& name) const {
  const auto own = probed_.find(name);
  return own == probed_.end() ? judged() : own->second;
}

std::vector<const LoadedData*> TrialData::all() const {
  std::vector<const LoadedData*> out{&trained_};
  if (judged_) out.push_back(&*judged_);
  for (const auto& [name, one] : probed_) out.push_back(&one);
  return out;
}

std::string TrialData::why_not_judged() const {
  const std::string why = data::why_not_judged(judged_ ? "evaluate.data" : "",
                                               judged().train.labels.ge(0).any().item<bool>(),
                                               judged().test.labels.size(0) > 0);
  return why.empty() ? "" : "nothing is evaluated, since " + why;
}

json TrialData::facts() const {
  json out = trained_.facts;
  if (judged_) out["evaluation"] = judged_->facts;
  for (const auto& [name, one] : probed_) out["probes"][name] = one.facts;
  return out;
}

std::vector<std::string> TrialData::warnings() const {
  std::vector<std::string> out;
  for (const LoadedData* one : all()) {
    out.insert(out.end(), one->warnings.begin(), one->warnings.end());
  }
  return out;
}

int64_t TrialData::unreadable() const {
  int64_t out = 0;
  for (const LoadedData* one : all()) {
    out += one->damaged ? one->damaged->count() : one->unreadable;
  }
  return out;
}

std::vector<std::string> TrialData::news() const {
  std::vector<std::string> out;
  for (const LoadedData* one : all()) {
    if (!one->damaged) continue;
    for (std::string& file : one->damaged->news()) out.push_back(std::move(file));
  }
  return out;
}

void TrialData::check() const {
  for (const LoadedData* one : all()) std::ranges::for_each(one->mapped, data::check_unchanged);
}

}  // namespace sslx::train
