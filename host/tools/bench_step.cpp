#include "host/tools/bench_step.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <chrono>

#include "host/data/dataset.h"
#include "host/data/split.h"
#include "host/tools/views_rate.h"
#include "host/train/loop.h"
#include "host/train/optimiser.h"
#include "host/trial/components.h"

namespace sslx::train {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int64_t kUncounted = 2;

/// Seconds of each part of some steps.
struct Times {
  std::vector<double> views, forward, backward, update, whole;
};

/// One trial in one precision and memory format.
class Bench {
 public:
  Bench(const TrialRequest& request, int64_t steps)
      : request_(request),
        config_(request.config.at("train")),
        steps_(steps),
        machine_(resolve_machine(request.execution, config_)),
        components_(request) {
    const data::Dataset set =
        data::load_dataset(data::data_spec(request.config.at("data"), request.data_path));
    components_.set_sources(set.sources);
    train_ = as_split(set.train);
    check_batch(config_, train_.images.size());
    const int64_t per_epoch = steps_per_epoch(config_, train_.images.size());
    epochs_ = (steps + kUncounted + per_epoch - 1) / per_epoch;
    const MethodFacts facts{set.train.channels, set.train.size(),
                            static_cast<int64_t>(set.class_names.size()), per_epoch * epochs_};
    method_ = components_.method(facts, machine_);
    groups_ = guarded("parameter_groups()", [&] { return method_->parameter_groups(); });
    std::erase_if(groups_, [](const ParameterGroup& group) { return group.parameters.empty(); });
    if (groups_.empty()) throw input_error("this method trains nothing; another one must be named");
    method_->train();
  }

  void run() {
    const data::ViewPipeline views(train_.images, train_.labels,
                                   components_.view_recipes(method_->view_count()), request_.seed,
                                   request_.execution.view_workers, machine_.channels_last,
                                   components_.local_views());
    const auto batch_size = config_.at("batch_size").get<int64_t>();
    data::Loader loader(views,
                        {batch_size, config_.at("drop_last").get<bool>(), request_.seed, epochs_});
    Optimiser optimiser(config_, groups_, Schedule(config_, 1, loader.total_batches()));
    Times times;
    for (int64_t step = 0; step < kUncounted + steps_; ++step) {
      one_step(loader, optimiser, step, times);
      if (step < kUncounted) times = {};
    }
    print(times, batch_size);
  }

 private:
  void one_step(data::Loader& loader, Optimiser& optimiser, int64_t step, Times& times) {
    const Clock::time_point begin = Clock::now();
    Clock::time_point last = begin;
    const auto lap = [&](std::vector<double>& into) {
      if (machine_.device.is_cuda()) torch::cuda::synchronize();
      const Clock::time_point now = Clock::now();
      into.push_back(std::chrono::duration<double>(now - last).count());
      last = now;
    };
    Batch batch = loader.next();
    to_device(batch, machine_);
    lap(times.views);
    Loss loss;
    {
      const Autocast autocast(machine_.device.type(), machine_.bf16);
      loss = method_->loss(batch);
    }
    lap(times.forward);
    loss.value.backward();
    lap(times.backward);
    optimiser.step(step);
    method_->after_step({step, loader.total_batches(), 0});
    lap(times.update);
    times.whole.push_back(std::chrono::duration<double>(last - begin).count());
  }

  void print(const Times& times, int64_t batch_size) const {
    const double whole = median(times.whole);
    const auto milliseconds = [](const std::vector<double>& of) { return 1e3 * median(of); };
    fmt::print("{:<20} {:>9.1f} {:>9.0f} {:>9.0f} {:>9.0f} {:>9.0f}\n",
               fmt::format("{}{}", machine_.bf16 ? "bf16" : "fp32",
                           machine_.channels_last ? " channels-last" : ""),
               static_cast<double>(batch_size) / whole, milliseconds(times.views),
               milliseconds(times.forward), milliseconds(times.backward),
               milliseconds(times.update));
  }

  const TrialRequest& request_;
  const json& config_;
  int64_t steps_;
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
