#include "host/trial/trial.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>
#include <sslx/norm.h>

#include <chrono>

#include "host/data/batch_check.h"
#include "host/machine/beacon.h"
#include "host/machine/energy.h"
#include "host/machine/load.h"
#include "host/train/c10d_team.h"
#include "host/train/loop.h"
#include "host/train/pretraining.h"
#include "host/trial/anomaly.h"
#include "host/trial/components.h"
#include "host/trial/failure_log.h"
#include "host/trial/part.h"
#include "host/trial/probes.h"
#include "host/trial/semi_supervised.h"
#include "host/trial/stages.h"
#include "host/trial/trial_checks.h"
#include "host/trial/trial_data.h"

namespace sslx::train {
namespace {

using nlohmann::json;

machine::EnergyMeter::GpuCounter gpu_counter(const Machine& machine) {
  if (machine.gpu == nullptr) return {};
  return [gpu = machine.gpu] { return gpu->joules(); };
}

/// Everything of one trial, from the request to the last line of the journal.
class Trial {
 public:
  Trial(const TrialRequest& request, processes::Processes& processes, const std::atomic<bool>& stop)
      : request_(share_of(request, processes.here(), processes.leads())),
        processes_(processes),
        stop_(stop),
        config_(request_.config),
        machine_(resolve_machine(request_.execution, config_.at("train"))),
        energy_("/", gpu_counter(machine_)),
        journal_(processes.leads() ? Journal(request_.directory / "journal.jsonl") : Journal()),
        components_(request_) {}

  int run() {
    try {
      return train_and_evaluate();
    } catch (...) {
      fail(data::current_message(), data::current_stack());
      return 1;
    }
  }

 private:
  int train_and_evaluate() {
    in_part("reading the data", [&] { load_data(); });
    in_part("making", [&] { start_method(); });
    LoopResult result = in_part("training", [&] { return pretrain(); });
    processes_.wait();
    if (!processes_.leads()) return 0;  // how it ended the first one says
    if (result.end != LoopEnd::kCompleted) return stopped(result);
    if (not_judged_.empty()) {
      in_part("evaluation", [&] { probe(probing()); });
      result = in_part("training after the pretraining", [&] { return after_pretraining(); });
      if (result.end != LoopEnd::kCompleted) return stopped(result);
    }
    if (stop_) return stopped({LoopEnd::kInterrupted, "stopped by a signal"});
    tell_damaged();
    finish(collapse_.empty() ? "completed" : "collapsed", collapse_);
    return 0;
  }

  void fail(const std::string& own, const machine::Stack& stack) {
    const std::optional<processes::Ended> other = processes_.cause_of(own);
    if (!processes_.leads()) {
      log_failure(other ? other->message : own, stack, journal_);
      return processes_.tell(own);
    }
    if (other && other->signal != 0) {
      warn(other->message);
      journal_.sync();
      processes::end_by(other->signal);
    }
    const std::string& message = other ? other->message : own;
    log_failure(message, other ? machine::Stack() : stack, journal_);
    tell_damaged();
    finish("failed", message);
  }

  int stopped(const LoopResult& result) {
    const bool interrupted = result.end == LoopEnd::kInterrupted;
    if (!interrupted) log_failure(result.message, {}, journal_);
    finish(interrupted ? "interrupted" : "diverged", result.message);
    return interrupted ? 75 : 1;
  }

  void load_data() {
    data_.emplace(request_);
    components_.set_sources(data_->trained().sources);
    json started = describe_machine(machine_);
    started["view_workers"] = request_.execution.view_workers;
    started["load_average"] = machine::load_average().value_or(0);
    started["data"] = data_->facts();
    journal_.write("started", started);
    stages_.emplace(request_, journal_, started);
    for (const std::string& warning : data_->warnings()) warn(warning);
    not_judged_ = data_->why_not_judged();
    if (!not_judged_.empty()) warn(not_judged_);
  }

  void warn(const std::string& sentence) { journal_.write("warning", {{"message", sentence}}); }

  const Split& train_images() const { return data_->trained().train; }

  /// A pack's pages are read when they are used.
  void check_data() const { data_->check(); }

  /// Images whose damage a view or the evaluation met.
  void tell_damaged() {
    if (!data_) return;
    for (const std::string& file : data_->news()) {
      journal_.write("warning",
                     {{"message", file + "; in training the next image of its class takes its "
                                         "place, in evaluation it is left out"}});
    }
  }

  /// Finds the others.
  void share() {
    if (!machine_.device.is_cpu()) {
      throw input_error(
          fmt::format("train.processes is {}, and processes share a batch on the processor alone; "
                      "it must be 1, "
                      "or the device cpu",
                      processes_.size()));
    }
    team_ = meet(processes_.meeting());
    components_.set_group(team_->group());
  }

  void start_method() {
    const json& train = config_.at("train");
    if (processes_.size() > 1) share();
    const Split& images = train_images();
    const int64_t count = images.labels.size(0);
    data::check_batch(train, count);
    const int64_t per_epoch = data::steps_per_epoch(train, count);
    total_steps_ = per_epoch * train.at("epochs").get<int64_t>();
    method_ = components_.method({.input_channels = data_->trained().channels,
                                  .dataset_size = count,
                                  .class_count = data_->trained().classes,
                                  .total_steps = total_steps_,
                                  .height = images.images.shape().height,
                                  .width = images.images.shape().width},
                                 machine_);
    if (processes_.size() > 1) {
      share_batches(*method_, team_->group());
      // What a layer draws for each image differs from process to process.
      if (!processes_.leads()) {
        torch::manual_seed(stage_seed(request_.seed, fmt::format("process {}", processes_.rank())));
      }
    }
    if (!components_.weights_report().is_null()) {
      journal_.write("weights", components_.weights_report());
    }
    groups_ = data::at_work(method_name(config_), "parameter_groups", -1,
                            [&] { return method_->parameter_groups(); });
    std::erase_if(groups_, [](const ParameterGroup& group) { return group.parameters.empty(); });
    if (groups_.empty()) total_steps_ = 0;
    const Trained trained{method_name(config_), *method_, config_, images.labels,
                          data_->judged().train.labels};
    if (total_steps_ > 0) check_trained(trained);
    for (const std::string& warning : warnings_of(trained, total_steps_ > 0)) warn(warning);
    // What follows up to the first stage's end is the training's own: a resumed run takes it over.
    journal_.write("plan", {{"epochs", train.at("epochs")}, {"steps", total_steps_}});
  }

  /// The first stage: the method's own training, or what an earlier run of the trial has of it.
  LoopResult pretrain() {
    const std::string stage = "pretrain";
    const auto facts =
        processes_.leads() ? stages_->restore(stage, *method_) : std::optional<json>();
    // What the first has of an earlier run, nobody trains.
    if (team_->any({facts.has_value(), false}).stop && !facts) return {};
    if (facts) {
      if (facts->contains("online")) journal_.write("result", facts->at("online"));
      images_per_second_ = facts->at("images_per_second").get<double>();
      collapse_ = facts->value("collapse", "");
      load_ = facts->value("load", json::object());
      weights_sha256_ = state_digest(module_state(*method_));
      taken_up_ = true;
      return {};
    }
    const LoopResult result = train_method();
    tell_damaged();
    if (result.end != LoopEnd::kCompleted || !processes_.leads()) return result;
    images_per_second_ = result.images_per_second;
    collapse_ = result.collapse;
    json out{{"images_per_second", images_per_second_}, {"collapse", collapse_}, {"load", load_}};
    const json online = judged_online();
    if (!online.is_null()) out["online"] = online;
    weights_sha256_ = stages_->finish(stage, "weights.safetensors", *method_, std::move(out));
    if (!online.is_null()) journal_.write("result", online);
    return result;
  }

  void begin_online() {
    const LoadedData& data = data_->trained();
    if (!data.train.labels.ge(0).any().item<bool>()) {
      throw input_error(
          "train.online_probe learns from labels, and no training image has one; it must be false");
    }
    online_.emplace(data.classes, machine_.device);
  }

  /// What the classifier that learnt beside the method makes of the test images; null where there
  /// are none.
  json judged_online() {
    const LoadedData& data = data_->trained();
    if (!online_ || data.test.labels.size(0) == 0) return {};
    const json& evaluate = config_.at("evaluate");
    const evaluate::FeatureSet seen = evaluate::only_intact(
        evaluate::extract_features(*method_, data.test.images, data.test.labels,
                                   components_.evaluation_input(machine_), machine_.device,
                                   evaluate.at("batch_size").get<int64_t>()),
        data.test.images);
    tell_damaged();
    evaluate::ProbeResult out;
    out.metric = "online_top1";
    out.predictions = online_->predict(seen.features);
    out.accuracy = evaluate::top1(out.predictions, seen.labels);
    out.protocol = {{"probe", "linear, online"},
                    {"learns", "from the first view of each batch, beside the method"},
                    {"optimizer", "sgd, rate 0.1, momentum 0.9"},
                    {"normalisation", "features standardised by running means"},
                    {"selection", "none; the last step's classifier, test set read once"}};
    return result_fields(probing(), std::move(out), data, evaluate.at("ops"), nullptr);
  }

  ProbingParts probing() {
    return {request_,        machine_,  *method_,
            components_,     *data_,    journal_,
            weights_sha256_, taken_up_, [this] { tell_damaged(); }};
  }

  LoopResult train_method() {
    if (total_steps_ == 0) return {};
    const data::ViewPipeline views =
        components_.training_views(train_images(), method_->view_count(), machine_);
    components_.check_channels(views.shapes(), train_images().images.shape());
    const auto prepare = components_.evaluation_input(machine_);
    if (config_.at("evaluate").contains("data")) {
      components_.check_judged(data_->judged().train.images.shape());
    }
    check_probes(probing());
    const auto batch_size = config_.at("evaluate").at("batch_size").get<int64_t>();
    const auto features = [&] {
      return evaluate::extract_features(*method_, train_images().images, train_images().labels,
                                        prepare, machine_.device, batch_size)
          .features;
    };
    const json& train = config_.at("train");
    if (train.value("online_probe", false)) begin_online();
    const WatchOptions watched{.channels = prepare(train_images().images.range(0, 1)).size(1),
                               .first_draw = train.at("epochs").get<int64_t>(),
                               .batch_size = train.at("batch_size").get<int64_t>()};
    FeatureWatch watch(*method_, views, machine_, watched);
    const PretrainingParts parts{*method_,
                                 groups_,
                                 journal_,
                                 features,
                                 &watch,
                                 components_.generator(),
                                 components_.may_lack_gradient(),
                                 online_ ? &*online_ : nullptr,
                                 method_name(config_)};
    const auto checkpoints = stages_->checkpoints("pretrain");
    const LoopParts loop{views,      machine_, stop_, [this] { check_data(); }, checkpoints.get(),
                         team_.get()};
    const machine::LoadWatch load;
    const std::optional<double> average = machine::load_average();
    LoopResult result = train::pretrain(parts, loop, train, request_.seed);
    load_ = machine::load_record(load, average, machine_.device.is_cpu() ? machine_.threads : 1);
    return result;
  }

  LoopResult after_pretraining() {
    const std::function write = [this](evaluate::ProbeResult result) {
      write_result(probing(), std::move(result));
    };
    const std::function check = [this] { check_data(); };
    return guarded(method_name(config_), [&] {
      const LoadedData& judged = data_->judged();
      return semi_supervised({request_, machine_, method_, judged.train, judged.test,
                              judged.classes, components_, journal_, *stages_, stop_, write,
                              check});
    });
  }

  /// Where the training was: on a GPU what it held there.
  int64_t peak_memory() const {
    const int64_t on_device = peak_device_memory_bytes(machine_);
    return on_device > 0 ? on_device : peak_memory_bytes();
  }

  void finish(const std::string& state, const std::string& message) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    const std::optional<double> joules = energy_.joules();
    journal_.write("finished", {{"state", state},
                                {"message", message},
                                {"seconds", seconds},
                                {"images_per_second", images_per_second_},
                                {"peak_memory_bytes", peak_memory()},
                                {"peak_host_memory_bytes", peak_memory_bytes()},
                                {"unreadable", data_ ? data_->unreadable() : 0},
                                {"weights_sha256", weights_sha256_},
                                {"earlier_seconds", stages_ ? stages_->earlier_seconds() : 0.0},
                                {"energy_joules", joules ? json(*joules) : json()},
                                {"load", load_}});
    journal_.sync();
  }

  const TrialRequest request_;
  processes::Processes& processes_;
  std::shared_ptr<Team> team_ = std::make_shared<Team>();
  const std::atomic<bool>& stop_;
  const json& config_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Machine machine_;
  machine::EnergyMeter energy_;
  Journal journal_;
  Components components_;
  std::optional<Stages> stages_;  ///< From when the journal has begun.
  std::optional<TrialData> data_;
  std::string not_judged_;  ///< Why not, or empty.
  int64_t total_steps_ = 0;
  std::shared_ptr<Method> method_;
  std::vector<ParameterGroup> groups_;
  std::optional<OnlineProbe> online_;  ///< Where the trial asks for one.
  double images_per_second_ = 0;
  std::string collapse_;  ///< Why the training counts as collapsed, or empty.
  std::string weights_sha256_;
  bool taken_up_ = false;       ///< The weights are an earlier run's.
  json load_ = json::object();  ///< Of the machine while the method trained.
};

}  // namespace

int run_trial(const TrialRequest& request, processes::Processes& processes,
              const std::atomic<bool>& stop) {
  if (request.anomaly) detect_anomalies();
  return Trial(request, processes, stop).run();
}

}  // namespace sslx::train
