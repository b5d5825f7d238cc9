#include "host/sweep/forecast.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <queue>

namespace sslx::sweep {
namespace {

using nlohmann::json;
using record::MeasuredRun;
namespace fs = std::filesystem;

bool is_of(const MeasuredRun& run, const std::string& kind) {
  return kind == "cpu" ? run.device == "cpu"
                       : run.device != "cpu" && has_in_name(run.device_name, kind);
}

/// What a step costs by: not how many there are, nor at which rate they learn.
std::string training_key(const json& config) {
  const json& train = config.at("train");
  json out{config.at("method"), config.at("backbone"), config.at("view")};
  for (const char* name : {"batch_size", "accumulate", "processes", "precision", "channels_last",
                           "views", "views_in_turn", "optimizer"}) {
    out.push_back(train.value(name, json()));
  }
  return out.dump();
}

/// What an evaluation costs by, beside the images.
std::string evaluation_key(const json& config) {
  json evaluate = config.at("evaluate");
  if (evaluate.contains("data")) evaluate["data"].erase("fingerprint");
  if (evaluate.contains("probe")) {
    for (json& probe : evaluate.at("probe")) {
      if (probe.contains("data")) probe["data"].erase("fingerprint");
    }
  }
  return evaluate.dump();
}

/// Of a list of numbers; 0 of none.
double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

int64_t images_of_a_step(const json& config) {
  const json& train = config.at("train");
  return train.at("batch_size").get<int64_t>() * train.value("accumulate", int64_t{1});
}

double bytes_in(const fs::path& folder) {
  double out = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    const uintmax_t size = fs::is_regular_file(at->path(), gone) ? at->file_size(gone) : 0;
    if (!gone) out += static_cast<double>(size);
  }
  return out;
}

/// What one trial will take.
struct Cost {
  double seconds = 0;
  std::optional<double> joules;
  double bytes = 0;
};

/// The runs like a trial, and what follows from them.
class Likes {
 public:
  Likes(const std::vector<const MeasuredRun*>& runs, bool likewise)
      : runs_(runs), likewise_(likewise) {
    std::vector<double> rates, rests, powers, bytes;
    for (const MeasuredRun* run : runs) {
      const double trained = trained_images(run->config, run->steps);
      const double training = run->images_per_second > 0 ? trained / run->images_per_second : 0;
      if (run->images_per_second > 0) rates.push_back(run->images_per_second);
      const auto images = static_cast<double>(run->train_images + run->test_images);
      rests.push_back(std::max(0.0, run->seconds - training) / std::max(images, 1.0));
      if (run->joules) powers.push_back(*run->joules / std::max(run->seconds, 1e-9));
      if (bytes.size() < kMostFolders) bytes.push_back(bytes_in(run->directory));
    }
    rate_ = median(rates);
    rest_ = median(rests);
    power_ = powers.empty() ? std::nullopt : std::optional(median(powers));
    bytes_ = median(bytes);
    images_ = static_cast<double>(runs.front()->train_images + runs.front()->test_images);
  }

  Cost cost(const Trial& trial) const {
    const json& config = trial.config;
    const int64_t steps = trial.steps.value_or(runs_.front()->steps);
    const double training = rate_ > 0 ? trained_images(config, steps) / rate_ : 0;
    const auto epochs = std::max<int64_t>(1, config.at("train").at("epochs").get<int64_t>());
    // Of the images that are evaluated no more is known than how many are trained on.
    const double each =
        static_cast<double>(steps * images_of_a_step(config)) / static_cast<double>(epochs);
    const MeasuredRun& like = *runs_.front();
    const double before = like.train_images > 0 ? static_cast<double>(like.train_images) : each;
    Cost out{training + rest_ * images_ * each / std::max(before, 1.0), {}, bytes_};
    if (power_) out.joules = *power_ * out.seconds;
    return out;
  }

  double rate() const { return rate_; }
  size_t count() const { return runs_.size(); }
  bool likewise() const { return likewise_; }

 private:
  static constexpr size_t kMostFolders = 5;

  static double trained_images(const json& config, int64_t steps) {
    return static_cast<double>(steps * images_of_a_step(config));
  }

  std::vector<const MeasuredRun*> runs_;
  bool likewise_;
  double rate_ = 0;
  double rest_ =
      0;  ///< Seconds for an image that is evaluated, what does not depend on it included.
  double images_ = 0;
  std::optional<double> power_;  ///< Joules a second.
  double bytes_ = 0;
};

/// The training alone: nobody tells of the rest.
std::optional<Cost> published_cost(const Trial& trial, const std::string& device,
                                   const std::vector<PublishedRate>& published,
                                   ForecastPart& part) {
  const PublishedRate* rate = published_rate(published, device, trial.config);
  if (rate == nullptr || !trial.steps) return std::nullopt;
  part.source = rate->source;
  part.images_per_second = rate->images_per_second;
  const auto images = static_cast<double>(*trial.steps * images_of_a_step(trial.config));
  return Cost{images / rate->images_per_second, {}, 0};
}

/// Longest first, each where room is earliest: within a third of the best.
double last_end(std::vector<double> seconds, size_t places) {
  std::ranges::sort(seconds, std::greater());
  std::priority_queue<double, std::vector<double>, std::greater<>> free;
  for (size_t i = 0; i < places; ++i) free.push(0);
  double out = 0;
  for (const double one : seconds) {
    const double end = free.top() + one;
    free.pop();
    free.push(end);
    out = std::max(out, end);
  }
  return out;
}

}  // namespace

Devices parse_devices(const std::string& text) {
  Devices out;
  const size_t times = text.find('x');
  const char* end = text.data() + std::min(times, text.size());
  const auto [at, error] = std::from_chars(text.data(), end, out.count);
  if (times != std::string::npos && error == std::errc() && at == end && out.count > 0 &&
      out.count <= 100'000 && times + 1 < text.size()) {
    out.kind = text.substr(times + 1);
    return out;
  }
  throw input_error(
      fmt::format("--devices is '{}'; it must be how many of which, as 64xH100, or 2xcpu", text));
}

Forecast forecast(const Plan& plan, const std::vector<MeasuredRun>& measured,
                  const Devices& devices, int slots, std::optional<double> faster,
                  const std::vector<PublishedRate>& published) {
  std::map<std::string, std::vector<const MeasuredRun*>> trained_alike;
  for (const MeasuredRun& run : measured) {
    if (!faster && !is_of(run, devices.kind)) continue;
    trained_alike[training_key(run.config)].push_back(&run);
  }
  std::map<std::string, std::optional<Likes>> likes;  // by the whole of the two keys
  const auto like = [&](const Trial& trial) -> const std::optional<Likes>& {
    const std::string training = training_key(trial.config);
    const std::string evaluation = evaluation_key(trial.config);
    const auto [at, is_new] = likes.try_emplace(training + evaluation);
    const auto found = trained_alike.find(training);
    if (!is_new || found == trained_alike.end()) return at->second;
    std::vector<const MeasuredRun*> same;
    for (const MeasuredRun* run : found->second) {
      if (evaluation_key(run->config) == evaluation) same.push_back(run);
    }
    at->second.emplace(same.empty() ? found->second : same, !same.empty());
    return at->second;
  };

  Forecast out;
  std::map<std::string, size_t> place;
  std::vector<double> all;
  bool energy = true;
  double joules = 0;
  for (const size_t i : each_once(plan)) {
    const Trial& trial = plan.trials[i];
    const auto [at, is_new] = place.try_emplace(trial.variant, out.parts.size());
    if (is_new) out.parts.push_back({trial.variant});
    ForecastPart& part = out.parts[at->second];
    ++part.trials;
    const std::optional<Likes>& runs = like(trial);
    const std::optional<Cost> known =
        runs ? runs->cost(trial) : published_cost(trial, devices.kind, published, part);
    if (!known) continue;
    const Cost& cost = *known;
    const double seconds = cost.seconds / faster.value_or(1);
    part.seconds += seconds;
    if (runs) {
      part.runs = runs->count();
      part.images_per_second = runs->rate() * faster.value_or(1);
      part.likewise = part.likewise && runs->likewise();
    }
    ++out.trials;
    all.push_back(seconds);
    out.device_seconds += seconds;
    energy = energy && cost.joules.has_value() && !faster;
    joules += cost.joules.value_or(0);
    out.run_bytes += cost.bytes;
  }
  out.seconds = last_end(all, static_cast<size_t>(devices.count) * static_cast<size_t>(slots));
  if (energy && out.trials > 0) out.joules = joules;
  return out;
}

}  // namespace sslx::sweep
