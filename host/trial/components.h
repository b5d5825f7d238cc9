// The plugins of a trial, loaded and made into objects: recipes, backbone, method.
#pragma once

#include <sslx/augmentation.h>
#include <sslx/method.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/data/guarded.h"
#include "host/data/sources.h"
#include "host/data/split.h"
#include "host/data/view_pipeline.h"
#include "host/evaluate/features.h"
#include "host/plugins/loader.h"
#include "host/train/device.h"
#include "host/trial/trial_request.h"
#include "host/weights/safetensors.h"

namespace sslx::train {

using data::guarded;
using data::Recipe;

/// What a method is told about the training it will see.
struct MethodFacts {
  int64_t input_channels = 3;  ///< Of the data set's images.
  int64_t dataset_size = 0;
  int64_t class_count = 0;
  int64_t total_steps = 0;
  bool restored = false;  ///< Its state is loaded afterwards: the backbone's weights are not read.
  int64_t height = 0;     ///< Of the data set's images; 0 where they differ.
  int64_t width = 0;
};

/// Loads each plugin of the request at most once and makes objects with the parameters of its
/// configuration. Everything that a plugin throws comes out as an Error that names the plugin
/// (guarded.h). Weights that do not fit are Error(kInput) of their file, not of the method.
class Components {
 public:
  explicit Components(const TrialRequest& request) : request_(request) {}

  /// The views that the data set brings; to be called before recipes that name one are made.
  void set_sources(std::vector<data::Source> sources) { sources_ = std::move(sources); }
  /// What backbones are told of the images that they will see; method() finds it out itself.
  void set_image_size(int64_t height, int64_t width) { image_size_ = {0, height, width}; }
  /// Finds out what the network is told of these images (a side of 0: they differ); method() does
  /// it itself. Returns them, with a side that operations can take where they differ.
  ImageShape see_images(ImageShape images);
  /// How many channels evaluate.ops gives of the images that were seen last, for which the network
  /// is made.
  int64_t network_channels() const { return network_channels_; }
  /// The processes that share each batch; one alone unless this is called.
  void set_group(std::shared_ptr<Group> group) { group_ = std::move(group); }

  /// The operation "source" keeps some of those views; one with a `source` is for its channels
  /// alone.
  Recipe recipe(const nlohmann::json& operations);
  /// One recipe for each of `count` views, the local ones at the end; the last global one that is
  /// configured serves the rest. Throws Error(kInput) when a method of `count` views takes no local
  /// ones, but there are some.
  std::vector<Recipe> view_recipes(int64_t count);
  /// What a method of so many views is trained on, made as the configuration asks.
  data::ViewPipeline training_views(const Split& images, int64_t count, const Machine& machine);
  /// How many of the configured views are local.
  int64_t local_views() const;
  /// What turns images into the encoder's input for evaluation: the configuration's evaluate.ops.
  evaluate::Prepare evaluation_input(const Machine& machine);
  /// The same of other operations.
  evaluate::Prepare evaluation_input(const nlohmann::json& ops, const Machine& machine);
  /// The method on its device, initialised from the trial's seed alone. Its backbone is told the
  /// channels that the evaluation's recipe gives.
  std::shared_ptr<Method> method(const MethodFacts& facts, const Machine& machine);
  /// Throws Error(kInput) when a view, or one that it is fine-tuned on, has not the channels that
  /// the last method's backbone was made for. Not asked of a method that made a backbone for
  /// channels that it named itself: it knows its views.
  void check_channels(const std::vector<ImageShape>& views, const ImageShape& images);
  /// Throws Error(kInput) when evaluate.ops gives the network other channels of these images, those
  /// of evaluate.data, than it is made for.
  void check_judged(const ImageShape& images);
  /// The configuration's backbone, as it initialises itself.
  std::shared_ptr<Backbone> backbone(int64_t input_channels);
  /// The same of another configuration's.
  std::shared_ptr<Backbone> backbone(const nlohmann::json& config, int64_t input_channels);
  /// The stream of random numbers that the last method was given.
  const torch::Generator& generator() const { return generator_; }
  /// What the method's plugin says of itself: the diagnostics that it has, where it says, and its
  /// parameters that may be without a gradient.
  const std::optional<std::vector<std::string>>& diagnostics() const { return diagnostics_; }
  const std::vector<std::string>& may_lack_gradient() const { return may_lack_gradient_; }
  /// What was read for `backbone.weights`, for the journal; null when there was nothing.
  const nlohmann::json& weights_report() const { return weights_report_; }

 private:
  struct Loaded {
    const PluginTable* table;
    std::vector<ParameterSpec> schema;
  };
  ImageShape first_view(const ImageShape& images);
  const Loaded& load(const std::string& kind, const std::string& name);
  Parameters parameters(const std::string& kind, const nlohmann::json& config);
  Error no_local_views() const;
  void take_views_in_turn(Method& method) const;
  int64_t encoder_channels(const ImageShape& images);
  std::shared_ptr<Backbone> student(int64_t input_channels);
  void read_weights();
  void put_weights(Backbone& backbone);
  std::shared_ptr<Method> make_method(const MethodFacts& facts, const Machine& machine);

  const TrialRequest& request_;
  std::map<std::string, Loaded> loaded_;
  std::vector<data::Source> sources_;
  State weights_;                  ///< The file's, while the method is made.
  nlohmann::json weights_report_;  ///< Null: no file was read.
  torch::Generator generator_;
  int64_t network_channels_ = 0;
  bool was_told_ = false;  ///< Its backbone was made for them.
  std::shared_ptr<Group> group_ = std::make_shared<Group>();
  ImageShape image_size_;
  std::optional<std::vector<std::string>> diagnostics_;
  std::vector<std::string> may_lack_gradient_;
};

}  // namespace sslx::train
