#include "host/trial/trial.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <chrono>

#include "host/data/data_state.h"
#include "host/data/dataset.h"
#include "host/data/fingerprint.h"
#include "host/data/mapped_file.h"
#include "host/data/split.h"
#include "host/evaluate/knn.h"
#include "host/evaluate/linear.h"
#include "host/machine/energy.h"
#include "host/machine/load.h"
#include "host/train/loop.h"
#include "host/train/pretraining.h"
#include "host/trial/components.h"
#include "host/trial/kept_features.h"
#include "host/trial/semi_supervised.h"
#include "host/trial/stages.h"

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
  Trial(const TrialRequest& request, const std::atomic<bool>& stop)
      : request_(request),
        stop_(stop),
        config_(request.config),
        machine_(resolve_machine(request.execution, config_.at("train"))),
        energy_("/", gpu_counter(machine_)),
        journal_(request.directory / "journal.jsonl"),
        components_(request) {}

  int run() {
    int code = 1;
    try {
      code = train_and_evaluate();
    } catch (...) {
      const std::string message = current_message();
      tell_damaged();
      finish("failed", message);
    }
    return code;
  }

 private:
  int train_and_evaluate() {
    load_data();
    start_method();
    if (const LoopResult result = pretrain(); result.end != LoopEnd::kCompleted) {
      return stopped(result);
    }
    evaluate();
    if (const LoopResult result = after_pretraining(); result.end != LoopEnd::kCompleted) {
      return stopped(result);
    }
    if (stop_) return stopped({LoopEnd::kInterrupted, "stopped by a signal"});
    tell_damaged();
    finish(collapse_.empty() ? "completed" : "collapsed", collapse_);
    return 0;
  }

  int stopped(const LoopResult& result) {
    const bool interrupted = result.end == LoopEnd::kInterrupted;
    finish(interrupted ? "interrupted" : "diverged", result.message);
    return interrupted ? 75 : 1;
  }

  void load_data() {
    data::DataSpec spec = data::data_spec(config_.at("data"), request_.data_path);
    spec.planned = request_.data_state;
    data::Dataset set = data::load_dataset(spec);
    mapped_ = set.mapped;
    if (!mapped_.empty()) {
      zeros_for_lost_pages(
          {set.train.pixels.data(), set.test.pixels.data() + set.test.pixels.size()});
    }
    damaged_ = set.damaged;
    components_.set_sources(set.sources);
    channels_ = set.train.channels;
    classes_ = static_cast<int64_t>(set.class_names.size());
    train_ = as_split(set.train);
    test_ = as_split(set.test);
    json started = describe_machine(machine_);
    started["view_workers"] = request_.execution.view_workers;
    started["load_average"] = machine::load_average().value_or(0);
    started["data"] = {{"train", set.train.size()},   {"test", set.test.size()},
                       {"classes", classes_},         {"channels", channels_},
                       {"height", set.train.height},  {"width", set.train.width},
                       {"unreadable", set.unreadable}};
    for (const auto& [kind, one] : set.left_out) started["data"]["left_out"][kind] = one.count;
    unreadable_ = set.unreadable;
    journal_.write("started", started);
    stages_.emplace(request_, journal_, started);
    for (const std::string& warning : set.warnings)
      journal_.write("warning", {{"message", warning}});
  }

  /// A pack's pages are read when they are used.
  void check_data() const { std::ranges::for_each(mapped_, data::check_unchanged); }

  /// Images whose damage a view or the evaluation met.
  void tell_damaged() {
    if (!damaged_) return;
    for (const std::string& file : damaged_->news()) {
      journal_.write("warning",
                     {{"message", file + "; in training the next image of its class takes its "
                                         "place, in evaluation it is left out"}});
    }
  }

  void start_method() {
    const json& train = config_.at("train");
    check_batch(train, train_.labels.size(0));
    const int64_t per_epoch = steps_per_epoch(train, train_.labels.size(0));
    total_steps_ = per_epoch * train.at("epochs").get<int64_t>();
    method_ = components_.method({.input_channels = channels_,
                                  .dataset_size = train_.labels.size(0),
                                  .class_count = classes_,
                                  .total_steps = total_steps_,
                                  .height = train_.images.shape().height,
                                  .width = train_.images.shape().width},
                                 machine_);
    if (!components_.weights_report().is_null()) {
      journal_.write("weights", components_.weights_report());
    }
    groups_ = guarded(method_name(), [&] { return method_->parameter_groups(); });
    std::erase_if(groups_, [](const ParameterGroup& group) { return group.parameters.empty(); });
    if (groups_.empty()) total_steps_ = 0;
    check_company();
    warn_of_split_batches();
    warn_of_few_neighbours();
    // What follows up to the first stage's end is the training's own: a resumed run takes it over.
    journal_.write("plan", {{"epochs", train.at("epochs")}, {"steps", total_steps_}});
  }

  void check_company() {
    const json& train = config_.at("train");
    if (total_steps_ == 0 || method_->separable() || train.at("batch_size") != 1) return;
    throw input_error(fmt::format(
        "train.batch_size is 1, but {} compares the images of a batch with one another; it must be "
        "at least 2",
        method_name()));
  }

  void warn_of_split_batches() {
    const json& train = config_.at("train");
    const int64_t accumulate = train.value("accumulate", int64_t{1});
    if (accumulate == 1 || total_steps_ == 0 || method_->separable()) return;
    const auto batch = train.at("batch_size").get<int64_t>();
    const std::string message = fmt::format(
        "train.accumulate is {}, but {} compares the images of a batch with one another: its loss "
        "is that of batches of {}, not of {}",
        accumulate, method_name(), batch, batch * accumulate);
    journal_.write("warning", {{"message", message}});
  }

  /// The first stage: the method's own training, or what an earlier run of the trial has of it.
  LoopResult pretrain() {
    const std::string stage = "pretrain";
    if (const auto facts = stages_->restore(stage, *method_)) {
      images_per_second_ = facts->at("images_per_second").get<double>();
      collapse_ = facts->value("collapse", "");
      load_ = facts->value("load", json::object());
      weights_sha256_ = state_digest(module_state(*method_));
      taken_up_ = true;
      return {};
    }
    const LoopResult result = train_method();
    tell_damaged();
    if (result.end != LoopEnd::kCompleted) return result;
    images_per_second_ = result.images_per_second;
    collapse_ = result.collapse;
    weights_sha256_ = stages_->finish(
        stage, "weights.safetensors", *method_,
        {{"images_per_second", images_per_second_}, {"collapse", collapse_}, {"load", load_}});
    return result;
  }

  LoopResult train_method() {
    if (total_steps_ == 0) return {};
    data::ViewPipeline views(train_.images, train_.labels,
                             components_.view_recipes(method_->view_count()), request_.seed,
                             request_.execution.view_workers, machine_.channels_last,
                             components_.local_views());
    const auto prepare = components_.evaluation_input(machine_);
    const auto batch_size = config_.at("evaluate").at("batch_size").get<int64_t>();
    const auto features = [&] {
      return evaluate::extract_features(*method_, train_.images, train_.labels, prepare,
                                        machine_.device, batch_size)
          .features;
    };
    const json& train = config_.at("train");
    const WatchOptions watched{.channels = prepare(train_.images.range(0, 1)).size(1),
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
                                 method_name()};
    const auto checkpoints = stages_->checkpoints("pretrain");
    const LoopParts loop{views, machine_, stop_, [this] { check_data(); }, checkpoints.get()};
    const machine::LoadWatch load;
    const std::optional<double> average = machine::load_average();
    LoopResult result =
        guarded(method_name(), [&] { return train::pretrain(parts, loop, train, request_.seed); });
    load_ = machine::load_record(load, average, machine_.device.is_cpu() ? machine_.threads : 1);
    return result;
  }

  LoopResult after_pretraining() {
    const std::function write = [this](evaluate::ProbeResult result) { record(std::move(result)); };
    const std::function check = [this] { check_data(); };
    return guarded(method_name(), [&] {
      return semi_supervised({request_, machine_, method_, train_, test_, classes_, components_,
                              journal_, *stages_, stop_, write, check});
    });
  }

  void evaluate() {
    const json& config = config_.at("evaluate");
    const auto batch_size = config.at("batch_size").get<int64_t>();
    const evaluate::Prepare prepare = components_.evaluation_input(machine_);
    const auto features = [&](const Split& split) {
      const evaluate::FeatureSet all = guarded(method_name(), [&] {
        return evaluate::extract_features(*method_, split.images, split.labels, prepare,
                                          machine_.device, batch_size);
      });
      return evaluate::only_intact(all, split.images);
    };
    const Split labelled_train = labelled(train_);
    const std::string key = features_key(config_, weights_sha256_);
    const auto kept = taken_up_ ? find_features(request_.resume, key, labelled_train.labels.size(0),
                                                test_.labels.size(0))
                                : std::nullopt;
    const evaluate::FeatureSet train =
        kept ? evaluate::FeatureSet{kept->train, labelled_train.labels} : features(labelled_train);
    const evaluate::FeatureSet test =
        kept ? evaluate::FeatureSet{kept->test, test_.labels} : features(test_);
    tell_damaged();
    const bool whole = train.size() == labelled_train.labels.size(0) &&
                       test.size() == test_.labels.size(0);  // no image was left out as damaged
    if (whole) keep_features({train.features, test.features}, key, request_.directory, journal_);
    record(evaluate::knn_probe(train, test, classes_, knn_options(config.at("knn"))));
    record(evaluate::linear_probe(train, test, classes_, linear_options(config.at("linear")),
                                  request_.seed));
  }

  void warn_of_few_neighbours() {
    const auto k = config_.at("evaluate").at("knn").at("k").get<int64_t>();
    const auto images = train_.labels.ge(0).sum().item<int64_t>();
    if (k <= images) return;
    journal_.write(
        "warning",
        {{"message", fmt::format("evaluate.knn.k is {}, but there are {} training images with a "
                                 "label: the neighbours will be all of them, as the protocol says",
                                 k, images)}});
  }

  /// Probes learn from labels; images without one (STL-10's unlabelled part) have -1.
  static Split labelled(const Split& split) {
    const torch::Tensor rows = split.labels.ge(0).nonzero().flatten();
    if (rows.size(0) == split.labels.size(0)) return split;
    return {split.images.subset(rows), split.labels.index_select(0, rows)};
  }

  static evaluate::KnnOptions knn_options(const json& config) {
    return {config.at("k").get<int64_t>(), config.at("temperature").get<double>()};
  }

  static evaluate::LinearOptions linear_options(const json& config) {
    evaluate::LinearOptions out;
    out.epochs = config.at("epochs").get<int64_t>();
    out.batch_size = config.at("batch_size").get<int64_t>();
    out.rates = config.at("lr").get<std::vector<double>>();
    out.momentum = config.at("momentum").get<double>();
    out.weight_decay = config.at("weight_decay").get<double>();
    out.validation = config.at("validation").get<double>();
    return out;
  }

  /// Every protocol also says which features were read, of how many images, prepared how.
  void record(evaluate::ProbeResult result) {
    if (!result.protocol.contains("features")) {
      result.protocol["features"] = "embed() in evaluation mode, float32";
    }
    result.protocol["input"] = config_.at("evaluate").at("ops");
    check_data();
    result.protocol["training_images"] =
        train_.labels.index_select(0, train_.images.intact()).ge(0).sum().item<int64_t>();
    result.protocol["test_images"] = test_.images.intact().size(0);
    journal_.write("result", evaluate::result_fields(result));
  }

  void finish(const std::string& state, const std::string& message) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    const std::optional<double> joules = energy_.joules();
    journal_.write("finished", {{"state", state},
                                {"message", message},
                                {"seconds", seconds},
                                {"images_per_second", images_per_second_},
                                {"peak_memory_bytes", peak_memory_bytes()},
                                {"unreadable", damaged_ ? damaged_->count() : unreadable_},
                                {"weights_sha256", weights_sha256_},
                                {"earlier_seconds", stages_ ? stages_->earlier_seconds() : 0.0},
                                {"energy_joules", joules ? json(*joules) : json()},
                                {"load", load_}});
    journal_.sync();
  }

  std::string method_name() const {
    return fmt::format("method '{}'", config_.at("method").at("name").get<std::string>());
  }

  const TrialRequest& request_;
  const std::atomic<bool>& stop_;
  const json& config_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Machine machine_;
  machine::EnergyMeter energy_;
  Journal journal_;
  Components components_;
  std::optional<Stages> stages_;  ///< From when the journal has begun.
  Split train_;
  Split test_;
  std::vector<data::KnownFile> mapped_;
  std::shared_ptr<data::Unreadable> damaged_;  ///< Null where all images were decoded at once.
  int64_t unreadable_ = 0;                     ///< Left out at the start.
  int64_t channels_ = 0;
  int64_t classes_ = 0;
  int64_t total_steps_ = 0;
  std::shared_ptr<Method> method_;
  std::vector<ParameterGroup> groups_;
  double images_per_second_ = 0;
  std::string collapse_;  ///< Why the training counts as collapsed, or empty.
  std::string weights_sha256_;
  bool taken_up_ = false;       ///< The weights are an earlier run's.
  json load_ = json::object();  ///< Of the machine while the method trained.
};

}  // namespace

int run_trial(const TrialRequest& request, const std::atomic<bool>& stop) {
  return Trial(request, stop).run();
}

}  // namespace sslx::train
