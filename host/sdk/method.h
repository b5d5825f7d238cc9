// A method of self-supervised learning: a loss over the views of a batch, and what it keeps between
// steps (target network, queue, centre). Everything it keeps is a registered parameter, buffer or
// submodule, so that saving and loading the module is enough to go on: what is not registered is
// neither trained nor saved, and nothing stops for it. `sslx plugins check` looks for that.
#pragma once

#include <sslx/backbone.h>
#include <sslx/group.h>
#include <sslx/plugin.h>
#include <sslx/torch_base.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sslx {

/// One training batch of B images.
struct Batch {
  std::vector<torch::Tensor> views;  ///< One tensor a view, [B, C, H, W] float32, on the device.
  torch::Tensor indices;             ///< [B] int64: the images' places in the data set.
  torch::Tensor labels;              ///< [B] int64: for supervised baselines only.
  /// The last so many views are local crops (multi-crop, SwAV, arXiv:2006.09882, section 3.2):
  /// small ones, that only a student sees.
  int64_t local_views = 0;
};

/// Where the training stands; a step is one optimiser update.
struct Step {
  int64_t step = 0;
  int64_t total_steps = 0;
  int64_t epoch = 0;
  /// Share of the training that is done, 0 to 1.
  double progress() const {
    return total_steps > 0 ? static_cast<double>(step) / static_cast<double>(total_steps) : 0;
  }
};

/// What loss() returns: the scalar to be minimised, and named scalars that are recorded beside it
/// (detached; a method's own: contrastive accuracy, the deviation of its outputs).
struct Loss {
  torch::Tensor value;
  std::map<std::string, torch::Tensor> diagnostics;
  /// What the value is while nothing is learnt (ln(K+1) of an InfoNCE with K negatives): its
  /// distance from there is recorded. Left out where there is no such value.
  std::optional<double> chance = std::nullopt;
};

/// Parameters that share optimiser settings.
struct ParameterGroup {
  std::vector<torch::Tensor> parameters = {};
  double lr_scale = 1.0;  ///< Times the schedule's learning rate.
  bool constant_lr =
      false;  ///< Keeps the base rate instead of the schedule's (SimSiam's predictor).
  bool weight_decay = true;
};

/// What a method is made from.
struct MethodContext {
  const Parameters& parameters;
  std::function<std::shared_ptr<Backbone>()> make_backbone;  ///< A new encoder at each call.
  torch::Device device;
  int64_t dataset_size = 0;  ///< Training images, for memory banks.
  int64_t class_count = 0;   ///< For supervised baselines.
  int64_t total_steps = 0;
  torch::Generator generator;  ///< The method's own random stream, on the CPU.
  bool pretrained = false;     ///< make_backbone() gives the trial's `backbone.weights`.
  /// The same for images of so many channels, whatever the data set's have: a method whose views
  /// are parts of an image needs it (CMC's lightness and colour).
  std::function<std::shared_ptr<Backbone>(int64_t input_channels)> make_backbone_for = {};
  /// The processes that share each batch; one alone unless the trial says else.
  std::shared_ptr<Group> group = std::make_shared<Group>();
  int64_t local_views = 0;  ///< Local crops of each image that the trial's recipes make.
  /// The student of a teacher that has the trial's weights (CRD): the network of the trial's table
  /// `student`, or its backbone once more, as it initialises itself.
  std::function<std::shared_ptr<Backbone>()> make_untrained_backbone = {};
};

class SSLX_API Method : public torch::nn::Module {
 public:
  ~Method() override;

  /// How many views of each image loss() wants.
  virtual int64_t view_count() const { return 2; }

  /// The loss of one batch. It runs inside autocast where that is on, by default where the
  /// processor has bf16: layers and products of matrices then give bf16, three digits. The losses
  /// of <sslx/losses.h> are float32 by themselves; others take sslx::wide(z), and a product that
  /// must be exact an sslx::FullPrecision guard (<sslx/precision.h>). Views are read, not changed.
  /// Diagnostics that tell of a collapse are output_deviation() and output_rank() of z under these
  /// names: without them none is seen. Throws what it likes: the trial fails with the message.
  virtual Loss loss(const Batch& batch) = 0;

  /// Called after each optimiser step: momentum update, prototypes' normalisation.
  virtual void after_step(const Step& step);

  /// Features [N, D] that evaluation reads; images as in a view. Called in eval mode without
  /// gradient.
  virtual torch::Tensor embed(const torch::Tensor& images) = 0;

  /// Outputs z [N, D] of the head on those features, which a probe may read in their place (SimCLR,
  /// section 4.2, arXiv:2002.05709: h is better than z). By default those of the first Encoder that
  /// the method has. Throws Error(kInput) when there is none. Called as embed() is.
  virtual torch::Tensor outputs(const torch::Tensor& images);

  /// Features [N, D] that fine-tuning starts from (SimCLR v2's middle layer of the head,
  /// arXiv:2006.10029, section 3); by default those of embed(). In training mode, with gradient.
  virtual torch::Tensor transfer_features(const torch::Tensor& images);

  /// True when the loss of a batch is the mean of its images' own losses, so that a batch may be
  /// split and the gradients added up; false when images of a batch are compared with one another
  /// (negatives from the batch, statistics of the outputs), which splitting changes. What batch
  /// norm does is not meant.
  virtual bool separable() const { return false; }

  /// What the optimiser updates; by default every parameter that requires a gradient, in one group.
  /// An empty list means that nothing is trained (a frozen random network).
  virtual std::vector<ParameterGroup> parameter_groups();
};

#define SSLX_METHOD(TYPE, NAME, VERSION, SUMMARY, PAPER, PARAMETERS)                \
  SSLX_PLUGIN_(                                                                     \
      "method", NAME, VERSION, SUMMARY, PAPER, PARAMETERS,                          \
      [](const ::sslx::MethodContext& context) -> std::shared_ptr<::sslx::Method> { \
        return std::make_shared<TYPE>(context);                                     \
      },                                                                            \
      nullptr, nullptr)

}  // namespace sslx
