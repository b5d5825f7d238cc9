#include "host/trial/probes.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/evaluate/features.h"
#include "host/train/device_batches.h"
#include "host/trial/attention.h"
#include "host/trial/kept_features.h"
#include "host/trial/part.h"
#include "host/trial/probe_options.h"
#include "host/trial/stages.h"
#include "host/trial/trial_checks.h"

namespace sslx::train {
namespace {

using evaluate::FeatureSet;
using evaluate::Reads;
using nlohmann::json;

/// What is read of the method, and of which images.
struct Reading {
  const LoadedData& data;
  const json& ops;
  const json* data_config;  ///< Of other data than those that are trained on, or null.
  Reads reads = Reads::kFeatures;
};

Reading own_reading(const ProbingParts& parts) {
  const json& evaluate = parts.request.config.at("evaluate");
  return {parts.data.judged(), evaluate.at("ops"),
          evaluate.contains("data") ? &evaluate.at("data") : nullptr};
}

Reading reading_of(const ProbingParts& parts, const json& probe) {
  Reading own = own_reading(parts);
  const bool elsewhere = probe.contains("data");
  return {elsewhere ? parts.data.probed(probe.at("name")) : own.data,
          probe.contains("ops") ? probe.at("ops") : own.ops,
          elsewhere ? &probe.at("data") : own.data_config,
          probe.at("of") == "outputs" ? Reads::kOutputs : Reads::kFeatures};
}

int64_t batch_size(const ProbingParts& parts) {
  return parts.request.config.at("evaluate").at("batch_size").get<int64_t>();
}

FeatureSet features_of(const ProbingParts& parts, const Reading& reading, const Split& split,
                       int64_t a_batch) {
  const evaluate::Prepare prepare = parts.components.evaluation_input(reading.ops, parts.machine);
  const char* stage = reading.reads == Reads::kOutputs ? "outputs" : "embed";
  return data::at_work(method_name(parts.request.config), stage, -1, [&] {
    return evaluate::extract_features(parts.method, split.images, split.labels, prepare,
                                      parts.machine.device, a_batch, reading.reads);
  });
}

/// Views of the training images that are made anew each epoch, and the frozen network's features of
/// them.
class AnewBatches : public evaluate::FeatureBatches {
 public:
  AnewBatches(const ProbingParts& parts, data::ViewPipeline views, data::LoaderOptions options,
              Reads reads)
      : parts_(parts),
        views_(std::move(views)),
        batches_(views_, options, parts.machine),
        reads_(reads) {}

  FeatureSet next() override {
    const Batch batch = batches_.next();
    return data::at_work(method_name(parts_.request.config), "embed", -1, [&] {
      return FeatureSet{evaluate::read_features(parts_.method, batch.views[0], reads_),
                        batch.labels.cpu()};
    });
  }

 private:
  const ProbingParts& parts_;
  data::ViewPipeline views_;
  DeviceBatches batches_;
  Reads reads_;
};

/// Of a linear probe that has train_ops.
evaluate::SeenAnew seen_anew(const ProbingParts& parts, const Reading& reading,
                             const json& linear) {
  if (!linear.contains("train_ops")) return {};
  const Split split = labelled(reading.data.train);
  const torch::Tensor intact = split.images.intact();
  return [&parts, &linear, split, intact, reads = reading.reads](const torch::Tensor& rows,
                                                                 int64_t epochs, uint64_t seed) {
    const torch::Tensor places = intact.index_select(0, rows);
    data::ViewPipeline views(split.images.subset(places), split.labels.index_select(0, places),
                             {parts.components.recipe(linear.at("train_ops"))},
                             stage_seed(parts.request.seed, "linear probe"),
                             parts.request.execution.view_workers, parts.machine.channels_last);
    return std::make_unique<AnewBatches>(
        parts, std::move(views),
        data::LoaderOptions{
            .batch_size = std::min(linear.at("batch_size").get<int64_t>(), places.size(0)),
            .drop_last = false,
            .seed = seed,
            .epochs = epochs},
        reads);
  };
}

class Probing {
 public:
  explicit Probing(const ProbingParts& parts) : parts_(parts) {}

  void run() {
    const json& evaluate = parts_.request.config.at("evaluate");
    const Reading own = own_reading(parts_);
    const Features features = kept_or_read(own);
    judge(features, own, evaluate, "");
    for (const json& probe : evaluate.value("probe", json::array())) further(probe, own, features);
    if (evaluate.contains("attention")) in_part("attention", [&] { probe_attention(parts_); });
  }

 private:
  struct Features {
    FeatureSet train;
    FeatureSet test;
  };

  /// One with nothing of its own to read takes those that are there.
  void further(const json& probe, const Reading& own, const Features& features) {
    const Reading reading = reading_of(parts_, probe);
    const bool same =
        &reading.data == &own.data && &reading.ops == &own.ops && reading.reads == own.reads;
    judge(same ? features : read(reading), reading, probe,
          probe.at("name").get<std::string>() + "_");
  }

  Features read(const Reading& reading) {
    const auto of = [&](const Split& split) {
      const int64_t a_batch = batch_size(parts_);
      return evaluate::only_intact(features_of(parts_, reading, split, a_batch), split.images);
    };
    Features out{of(labelled(reading.data.train)), of(reading.data.test)};
    parts_.tell_damaged();
    return out;
  }

  Features kept_or_read(const Reading& own) {
    const Split train = labelled(own.data.train);
    const Split& test = own.data.test;
    const std::string key = features_key(parts_.request.config, parts_.weights_sha256);
    const auto kept = parts_.taken_up ? find_features(parts_.request.resume, key,
                                                      train.labels.size(0), test.labels.size(0))
                                      : std::nullopt;
    Features out =
        kept ? Features{{kept->train, train.labels}, {kept->test, test.labels}} : read(own);
    const bool whole = out.train.size() == train.labels.size(0) &&
                       out.test.size() == test.labels.size(0);  // none was left out as damaged
    if (whole) {
      keep_features({out.train.features, out.test.features}, key, parts_.request.directory,
                    parts_.journal);
    }
    return out;
  }

  void judge(const Features& features, const Reading& reading, const json& config,
             const std::string& prefix) {
    const int64_t classes = reading.data.classes;
    if (config.contains("knn")) {
      in_part("kNN", [&] {
        record(evaluate::knn_probe(features.train, features.test, classes,
                                   knn_options(config.at("knn"))),
               reading, prefix);
      });
    }
    if (config.contains("linear")) {
      in_part("linear probe", [&] {
        const json& linear = config.at("linear");
        evaluate::ProbeResult result =
            evaluate::linear_probe(features.train, features.test, classes, linear_options(linear),
                                   parts_.request.seed, seen_anew(parts_, reading, linear));
        if (linear.contains("train_ops")) result.protocol["augmentation"] = linear.at("train_ops");
        record(std::move(result), reading, prefix);
      });
    }
  }

  void record(evaluate::ProbeResult result, const Reading& reading, const std::string& prefix) {
    result.metric = prefix + result.metric;
    if (reading.reads == Reads::kOutputs) {
      result.protocol["features"] = "outputs() of the head in evaluation mode, float32";
    }
    parts_.journal.write("result", result_fields(parts_, std::move(result), reading.data,
                                                 reading.ops, reading.data_config));
  }

  const ProbingParts& parts_;
};

/// Of two images.
void check_reading(const ProbingParts& parts, const Reading& reading) {
  const Split& split = reading.data.train;
  const int64_t few = std::min<int64_t>(2, split.images.size());
  if (few == 0) return;
  features_of(parts, reading,
              {split.images.subset(torch::arange(few)), split.labels.narrow(0, 0, few)}, few);
}

}  // namespace

void probe(const ProbingParts& parts) { Probing(parts).run(); }

void check_probes(const ProbingParts& parts) {
  const Reading own = own_reading(parts);
  if (own.data_config != nullptr) check_reading(parts, {parts.data.trained(), own.ops, nullptr});
  check_reading(parts, own);
  const json& evaluate = parts.request.config.at("evaluate");
  for (const json& one : evaluate.value("probe", json::array())) {
    const auto name = one.at("name").get<std::string>();
    data::guarded(fmt::format("probe '{}'", name),
                  [&] { check_reading(parts, reading_of(parts, one)); });
  }
  if (evaluate.contains("attention")) {
    data::guarded("evaluate.attention", [&] { check_attention(parts); });
  }
}

json result_fields(const ProbingParts& parts, evaluate::ProbeResult result,
                   const LoadedData& judged, const json& ops, const json* data_config) {
  if (!result.protocol.contains("features")) {
    result.protocol["features"] = "embed() in evaluation mode, float32";
  }
  result.protocol["input"] = ops;
  parts.data.check();
  const auto& [train, test] = std::tie(judged.train, judged.test);
  result.protocol["training_images"] =
      train.labels.index_select(0, train.images.intact()).ge(0).sum().item<int64_t>();
  result.protocol["test_images"] = test.images.intact().size(0);
  // Left out otherwise, so that protocols from before there was such a thing keep their columns.
  if (data_config != nullptr) {
    result.protocol["data"] = fmt::format("{} {}", data_config->at("name").get<std::string>(),
                                          data_config->value("fingerprint", "").substr(0, 8));
  }
  return evaluate::result_fields(result);
}

void write_result(const ProbingParts& parts, evaluate::ProbeResult result) {
  const Reading own = own_reading(parts);
  parts.journal.write("result",
                      result_fields(parts, std::move(result), own.data, own.ops, own.data_config));
}

}  // namespace sslx::train
