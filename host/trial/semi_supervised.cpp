#include "host/trial/semi_supervised.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/evaluate/borrowed.h"
#include "host/evaluate/distil.h"
#include "host/evaluate/finetune.h"
#include "host/evaluate/label_subset.h"

namespace sslx::train {
namespace {

using evaluate::Classifying;
using nlohmann::json;

/// One stage to be: a network, and how it learns.
struct Task {
  std::string name;  ///< "finetune_1pct"; its metric and its file are called after it.
  Lesson& lesson;
  const data::ViewPipeline& views;
  const json& config;
  int64_t epochs;
};

/// How a stage of so many images learns: a batch is no larger than they are.
json training_protocol(json config, int64_t images) {
  config["batch_size"] = evaluate::stage_batch(config, images);
  return config;
}

json finetune_protocol(const json& config, double share, int64_t epochs,
                       const torch::Tensor& labels, int64_t classes) {
  const int64_t images = labels.size(0);
  json training = training_protocol(config, images);
  training["epochs"] = epochs;
  training.erase("labels");
  return {{"probe", "finetune"},
          {"features", "transfer_features(), all weights trained"},
          {"labels", share},
          {"labelled_images", images},
          {"subset", evaluate::is_even(labels, classes)
                         ? "as many of each class, by the trial's seed"
                         : "as many of each class or all where it has fewer, by the trial's seed"},
          {"classifier", "linear, from zero"},
          {"training", std::move(training)}};
}

class SemiSupervised {
 public:
  explicit SemiSupervised(const SemiSupervisedParts& parts)
      : parts_(parts), config_(parts.request.config.at("evaluate")) {}

  LoopResult run() {
    const json& shares = config_.at("finetune").at("labels");
    for (size_t i = 0; i < shares.size(); ++i) {
      const LoopResult result =
          one_share(shares[i].get<double>(), config_.at("finetune").at("epochs").at(i));
      if (result.end != LoopEnd::kCompleted) return result;
    }
    return {};
  }

 private:
  LoopResult one_share(double share, int64_t epochs) {
    const json& config = config_.at("finetune");
    const std::string name = "finetune_" + evaluate::share_name(share);
    const torch::Tensor rows =
        evaluate::label_subset(parts_.train.labels, parts_.classes, share, parts_.request.seed);
    const data::ViewPipeline views =
        pipeline(parts_.train.images.subset(rows), parts_.train.labels.index_select(0, rows), name);
    const Borrowed borrowed(*parts_.method);
    const auto tuned = data::at_work(name, "transfer_features", -1, [&] {
      return std::make_shared<evaluate::FineTuned>(parts_.method, parts_.classes, one_view(views));
    });
    evaluate::FineTuned& network = *tuned;
    evaluate::FineTuning lesson(name, network, parts_.journal);
    const LoopResult result = stage({name, lesson, views, config, epochs});
    if (result.end != LoopEnd::kCompleted) return result;
    const json protocol = finetune_protocol(
        config, share, epochs, parts_.train.labels.index_select(0, rows), parts_.classes);
    record(name, network, protocol);
    return config_.contains("distil") ? distil(share, rows, network, protocol) : LoopResult{};
  }

  LoopResult distil(double share, const torch::Tensor& rows, Classifying& teacher,
                    const json& taught) {
    const json& config = config_.at("distil");
    const std::string name = "distil_" + evaluate::share_name(share);
    // Of the labels only those that the teacher saw.
    torch::Tensor labels = torch::full_like(parts_.train.labels, -1);
    labels.index_copy_(0, rows, parts_.train.labels.index_select(0, rows));
    const data::ViewPipeline views = pipeline(parts_.train.images, labels, name);
    torch::manual_seed(stage_seed(parts_.request.seed, name + " weights"));
    evaluate::Student student(
        parts_.components.backbone(config.at("backbone"), one_view(views).size(1)), parts_.classes);
    if (parts_.machine.channels_last) to_channels_last(student);
    student.to(parts_.machine.device);
    const evaluate::DistilOptions options{config.at("temperature").get<double>(),
                                          config.at("alpha").get<double>()};
    evaluate::Distillation lesson(name, student, parts_.journal, teacher, options);
    const LoopResult result =
        stage({name, lesson, views, config, config.at("epochs").get<int64_t>()});
    if (result.end != LoopEnd::kCompleted) return result;
    record(name, student,
           {{"probe", "distil"},
            {"features", "the student's own"},
            {"teacher", taught},
            {"training", training_protocol(config, parts_.train.labels.size(0))},
            {"unlabelled_images", parts_.train.labels.size(0)}});
    return {};
  }

  /// Both stages see one view of each image, by the same recipe.
  data::ViewPipeline pipeline(data::Images images, torch::Tensor labels, const std::string& stage) {
    return {std::move(images),
            std::move(labels),
            {parts_.components.recipe(config_.at("finetune").at("ops"))},
            stage_seed(parts_.request.seed, stage),
            parts_.request.execution.view_workers,
            parts_.machine.channels_last};
  }

  torch::Tensor one_view(const data::ViewPipeline& views) const {
    Batch batch = views.make(0, std::vector<int64_t>{0});
    to_device(batch, parts_.machine);
    return batch.views[0];
  }

  /// One image alone has no variance, which batch norm divides by.
  static void check_batch(const Task& task) {
    if (evaluate::stage_batch(task.config, task.views.size()) > 1) return;
    throw input_error(fmt::format(
        "{}: its batch_size is {} and it has {} image{}, which makes batches of one image; it must "
        "be at least 2 of each",
        task.name, task.config.at("batch_size").dump(), task.views.size(),
        task.views.size() == 1 ? "" : "s"));
  }

  /// Takes the stage over from an earlier run, or trains it.
  LoopResult stage(const Task& task) {
    check_batch(task);
    const uint64_t seed = stage_seed(parts_.request.seed, task.name);
    torch::nn::Module& network = task.lesson.network();
    if (parts_.stages.restore(task.name, network)) return {};
    torch::manual_seed(seed);
    auto checkpoints = parts_.stages.checkpoints(task.name);
    LoopResult result =
        train(task.lesson,
              {task.views, parts_.machine, parts_.stop, parts_.check_data, checkpoints.get()},
              evaluate::stage_plan(task.config, task.epochs, task.views.size(), seed));
    checkpoints.reset();
    if (result.end == LoopEnd::kCompleted) {
      parts_.stages.finish(task.name, task.name + ".safetensors", network, json::object());
    } else if (result.end == LoopEnd::kDiverged) {
      result.message = task.name + ": " + result.message;
    }
    return result;
  }

  void record(const std::string& name, Classifying& network, json protocol) {
    evaluate::ProbeResult result;
    result.metric = name + "_top1";
    result.predictions = data::at_work(name, "evaluation", -1, [&] {
      return evaluate::classify(network, parts_.test.images,
                                parts_.components.evaluation_input(parts_.machine),
                                parts_.machine.device, config_.at("batch_size").get<int64_t>());
    });
    const torch::Tensor intact = parts_.test.images.intact();
    result.predictions = result.predictions.index_select(0, intact);
    result.accuracy =
        evaluate::top1(result.predictions, parts_.test.labels.index_select(0, intact));
    result.protocol = std::move(protocol);
    result.protocol["selection"] = "none; the last epoch's weights, test set read once";
    parts_.record(std::move(result));
  }

  const SemiSupervisedParts& parts_;
  const json& config_;
};

}  // namespace

LoopResult semi_supervised(const SemiSupervisedParts& parts) {
  if (!parts.request.config.at("evaluate").contains("finetune")) return {};
  return SemiSupervised(parts).run();
}

}  // namespace sslx::train
