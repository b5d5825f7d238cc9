#include "host/sweep/device_deal.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/sweep/outcome.h"

namespace sslx::sweep {
namespace {

bool ended_well(const Outcome& outcome) {
  return !outcome.is_failure() && outcome.state != "interrupted";
}

}  // namespace

DeviceDeal::DeviceDeal(const std::vector<TrialDevice>& devices, const RunOptions& run)
    : each_(devices.empty() ? run.jobs : run.per_device) {
  for (const TrialDevice& device : devices) states_.push_back({device});
  if (devices.empty()) states_.push_back({TrialDevice{run.device, "", run.device}});
}

/// Not left out, nor those on which it failed; where no other is left, these again.
std::vector<size_t> DeviceDeal::possible(const Place& place) const {
  std::vector<size_t> out;
  std::vector<size_t> failed;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!states_[i].out) (place.failed_on.contains(i) ? failed : out).push_back(i);
  }
  return out.empty() ? failed : out;
}

/// One under suspicion only where the trial has no other.
std::optional<size_t> DeviceDeal::choice(const Place& place) const {
  std::vector<size_t> all = possible(place);
  const auto trusted = [&](size_t i) { return !states_[i].suspect; };
  if (std::ranges::any_of(all, trusted)) {
    std::erase_if(all, [&](size_t i) { return states_[i].suspect; });
  }
  const auto best = std::ranges::min_element(all, {}, [&](size_t i) { return states_[i].trials; });
  const bool room = best != all.end() && states_[*best].trials < each_;
  return room ? std::optional(*best) : std::nullopt;
}

const TrialDevice& DeviceDeal::take(Place& place) {
  place.device = choice(place).value();
  State& state = states_[place.device];
  ++state.trials;
  return state.device;
}

void DeviceDeal::give_back(const Place& place, const Outcome& outcome) {
  give_back(place);
  if (is_of_device(outcome)) states_.at(place.device).suspect = true;
}

DeviceDeal::Verdict DeviceDeal::judge(const Outcome& outcome, Place& place) {
  if (is_of_device(outcome)) return judge_failure(outcome, place);
  Verdict out;
  if (ended_well(outcome)) {
    states_.at(place.device).suspect = false;
    states_.at(place.device).out = false;
    const std::string left_out = leave_out_suspects(place.failed_on);
    if (!left_out.empty()) {
      out.note =
          fmt::format("no more trials are started on {}, where it failed ({}), as it did not on {}",
                      left_out, place.failure, states_.at(place.device).device.name);
    }
  }
  forgive(place);
  return out;
}

DeviceDeal::Verdict DeviceDeal::judge_failure(const Outcome& outcome, Place& place) {
  const std::string name = states_.at(place.device).device.name;
  place.failed_on.insert(place.device);
  place.failure = outcome.message;
  const auto failed_there = [&](size_t i) { return place.failed_on.contains(i); };
  if (!std::ranges::all_of(possible(place), failed_there)) {
    return {true, fmt::format("{}; it is tried on another device than {}", outcome.message, name)};
  }
  forgive(place);
  if (place.failed_on.size() == 1) return {};
  return {false,
          fmt::format("it fails on {} alike, so it is not they that fail", names(place.failed_on))};
}

void DeviceDeal::forgive(const Place& place) {
  for (const size_t device : place.failed_on) states_.at(device).suspect = false;
}

std::string DeviceDeal::leave_out_suspects(const std::set<size_t>& devices) {
  std::set<size_t> out;
  for (const size_t device : devices) {
    if (!states_.at(device).suspect) continue;
    states_.at(device).out = true;
    out.insert(device);
  }
  return names(out);
}

std::string DeviceDeal::names(const std::set<size_t>& devices) const {
  std::string out;
  for (const size_t device : devices) {
    out += (out.empty() ? "" : " and ") + states_.at(device).device.name;
  }
  return out;
}

}  // namespace sslx::sweep
