#include "host/tools/bench_step.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <array>
#include <chrono>

#include "host/data/batch_check.h"
#include "host/data/dataset.h"
#include "host/data/split.h"
#include "host/tools/views_rate.h"
#include "host/train/loop.h"
#include "host/trial/components.h"

namespace sslx::train {
namespace {

using nlohmann::json;

constexpr int64_t kUncounted = 2;

/// A method's training as a lesson of the loop that notes the seconds of each part of some steps,
/// then asks it to stop.
class Timed : public Lesson {
 public:
  Timed(Method& method, const std::vector<ParameterGroup>& groups, int64_t steps, std::string who)
      : method_(method), groups_(groups), steps_(steps), who_(std::move(who)) {}

  std::string who() const override { return who_; }
  torch::nn::Module& network() override { return method_; }
  std::vector<ParameterGroup> groups() const override { return groups_; }
  Loss loss(const Batch& batch) override { return method_.loss(batch); }
  void after_step(const Step& step) override { method_.after_step(step); }
  bool asks_for(int64_t) const override { return true; }
  void record(const Recorded& step) override {
    for (const auto part : kParts) {
      const double now = step.times.seconds(part);
      if (step.at.step >= kUncounted) seconds_[part].push_back(now - seconds_before_[part]);
      seconds_before_[part] = now;
    }
    if (step.at.step + 1 == kUncounted + steps_) enough = true;
  }

  /// Of the whole step, and of a part of it.
  double median_seconds() const {
    std::vector<double> whole(seconds_[0].size());
    for (const auto& part : seconds_) {
      for (size_t i = 0; i < whole.size(); ++i) whole[i] += part[i];
    }
    return median(whole);
  }
  double median_seconds(StepTimes::Part part) const { return median(seconds_[part]); }

  std::atomic<bool> enough = false;

 private:
  static constexpr std::array kParts{StepTimes::kData, StepTimes::kForward, StepTimes::kBackward,
                                     StepTimes::kUpdate};
  Method& method_;
  const std::vector<ParameterGroup>& groups_;
  int64_t steps_;
  std::string who_;
  std::array<std::vector<double>, 4> seconds_;
  std::array<double, 4> seconds_before_{};
};

/// One trial in one precision and memory format.
class Bench {
 public:
  Bench(const TrialRequest& request, int64_t steps)
      : request_(request),
        config_(request.config.at("train")),
        steps_(steps),
        name_(
            fmt::format("method '{}'", request.config.at("method").at("name").get<std::string>())),
        machine_(resolve_machine(request.execution, config_)),
        components_(request) {
    const data::Dataset set =
        data::load_dataset(data::data_spec(request.config.at("data"), request.data_path));
    components_.set_sources(set.sources);
    train_ = as_split(set.train);
    data::check_batch(config_, train_.images.size());
    const int64_t per_epoch = data::steps_per_epoch(config_, train_.images.size());
    epochs_ = (steps + kUncounted + per_epoch - 1) / per_epoch;
    const MethodFacts facts{.input_channels = set.train.channels,
                            .dataset_size = set.train.size(),
                            .class_count = std::ssize(set.class_names),
                            .total_steps = per_epoch * epochs_,
                            .height = set.train.height,
                            .width = set.train.width};
    method_ = components_.method(facts, machine_);
    groups_ =
        data::at_work(name_, "parameter_groups", -1, [&] { return method_->parameter_groups(); });
    std::erase_if(groups_, [](const ParameterGroup& group) { return group.parameters.empty(); });
    if (groups_.empty()) throw input_error("this method trains nothing; another one must be named");
  }

  void run() {
    const data::ViewPipeline views =
        components_.training_views(train_, method_->view_count(), machine_);
    LoopPlan plan = training_plan(config_, request_.seed);
    plan.accumulate = 1;
    plan.epochs = epochs_;
    components_.check_channels(views.shapes(), train_.images.shape());
    Timed lesson(*method_, groups_, steps_, name_);
    const LoopResult result = train(lesson, {views, machine_, lesson.enough}, plan);
    if (result.end == LoopEnd::kDiverged)
      throw Error(ErrorKind::kRun, "it diverged: " + result.message);
    print(lesson, plan.batch_size);
  }

 private:
  void print(const Timed& lesson, int64_t batch_size) const {
    const auto milliseconds = [&](StepTimes::Part part) {
      return 1e3 * lesson.median_seconds(part);
    };
    fmt::print("{:<20} {:>9.1f} {:>9.0f} {:>9.0f} {:>9.0f} {:>9.0f}\n",
               fmt::format("{}{}", machine_.bf16 ? "bf16" : "fp32",
                           machine_.channels_last ? " channels-last" : ""),
               static_cast<double>(batch_size) / lesson.median_seconds(),
               milliseconds(StepTimes::kData), milliseconds(StepTimes::kForward),
               milliseconds(StepTimes::kBackward), milliseconds(StepTimes::kUpdate));
  }

  const TrialRequest& request_;
  const json& config_;
  int64_t steps_;
  std::string name_;
  Machine machine_;
  Components components_;
  Split train_;
  int64_t epochs_ = 1;
  std::shared_ptr<Method> method_;
  std::vector<ParameterGroup> groups_;
};

void print_head(const TrialRequest& trial, int64_t steps) {
  const json& config = trial.config;
  const Machine machine = resolve_machine(trial.execution, config.at("train"));
  fmt::print("a training step of {} with {} {}, batches of {}; {} ({}), {} threads\n",
             config.at("method").at("name").get<std::string>(),
             config.at("backbone").at("name").get<std::string>(),
             config.at("backbone").value("parameters", json::object()).dump(),
             config.at("train").at("batch_size").dump(), processor_name(),
             machine.device.is_cuda() ? "CUDA" : at::get_cpu_capability(), machine.threads);
  fmt::print("images a second end to end, and milliseconds of a step; medians of {} steps\n\n",
             steps);
  fmt::print("{:<20} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "", "images/s", "views", "forward",
             "backward", "update");
}

}  // namespace

void bench_step(const json& request) {
  TrialRequest trial = read_request(request.at("trial"));
  const auto steps = request.at("steps").get<int64_t>();
  print_head(trial, steps);
  if (!request.at("each").get<bool>()) return Bench(trial, steps).run();
  for (const char* precision : {"fp32", "bf16"}) {
    for (const char* layout : {"off", "on"}) {
      trial.config["train"]["precision"] = precision;
      trial.config["train"]["channels_last"] = layout;
      Bench(trial, steps).run();
      std::fflush(stdout);
    }
  }
}

}  // namespace sslx::train
