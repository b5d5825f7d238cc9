// DeepCluster v2: before each epoch, spherical k-means over the last epoch's projections; its
// centroids are the fixed weights of a classifier that all views are trained with. Caron et al.
// 2020, arXiv:2006.09882, section 4.3 and appendix C.
#include <sslx/before_epoch.h>
#include <sslx/draws.h>
#include <sslx/error.h>
#include <sslx/kmeans.h>
#include <sslx/losses.h>
#include <sslx/multi_crop.h>
#include <sslx/precision.h>

#include <cmath>
#include <string>

#include "swav_projector.h"

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::real("temperature", 0.1, "of the classifiers' softmax").above(0),
    sslx::integers("prototypes", {3000, 3000, 3000}, "clusters of each classifier").at_least(2),
    sslx::integer("kmeans_iterations", 10, "before each epoch").at_least(0),
    sslx::kProjectorHidden,
    sslx::kProjectorOutput,
    sslx::norm_parameter("head_norm"),
    sslx::groups_parameter("head_groups")};

class DeepClusterV2 : public sslx::Method, public sslx::BeforeEpoch {
 public:
  explicit DeepClusterV2(const sslx::MethodContext& context)
      : temperature_(context.parameters.real("temperature")),
        iterations_(context.parameters.integer("kmeans_iterations")),
        local_views_(context.local_views),
        group_(context.group),
        encoder_(register_module("encoder", sslx::Encoder(context.make_backbone(),
                                                          sslx::mlp_options(context.parameters)))) {
    const int64_t width = context.parameters.integer("output_width");
    const std::vector<int64_t> counts = context.parameters.integers("prototypes");
    if (counts.empty()) throw sslx::input_error("prototypes must be numbers, as [3000, 3000]");
    for (const int64_t count : counts) {
      chance_ += std::log(count) / static_cast<double>(counts.size());
      const std::string name = "prototypes" + std::to_string(centroids_.size());
      centroids_.push_back(register_buffer(name, torch::zeros({count, width})));
    }
    bank_ = register_buffer("bank", torch::zeros({kGlobals, context.dataset_size, width}));
    labels_ = register_buffer(
        "labels", torch::full({static_cast<int64_t>(counts.size()), context.dataset_size},
                              kUnassigned, torch::kInt64));
    seed_ = sslx::Kept<int64_t>(register_buffer("seed", sslx::drawn_seed(context.generator)));
    agreement_ = register_buffer("agreement", torch::zeros({}, torch::kFloat64));
  }

  int64_t view_count() const override { return kGlobals + local_views_; }
  bool separable() const override { return true; }

  sslx::Loss loss(const sslx::Batch& batch) override {
    const auto seen = sslx::encode_views(batch.views, sslx::Passes::kEachSize,
                                         [this](const Tensor& images) { return project(images); });
    if (is_training()) remember(seen, batch.indices);
    sslx::Tensors z;
    for (const sslx::Encoded& view : seen) z.push_back(view.z);
    return {loss_of(torch::cat(z), batch.indices.repeat({static_cast<int64_t>(z.size())})),
            {{"output_deviation", sslx::output_deviation(seen[0].z)},
             {"cluster_agreement", agreement_}},
            chance_};
  }

  // The memory of the last epoch; before the first there is none, and one pass over the images
  // fills it, as the authors' code does.
  void before_epoch(int64_t epoch, const Features& features) override {
    const torch::NoGradGuard guard;
    if (epoch == 0) bank_.copy_(first_projections(features()).unsqueeze(0).expand_as(bank_));
    const Tensor old = labels_[0].clone();
    for (size_t head = 0; head < centroids_.size(); ++head) cluster(head, epoch);
    if (epoch > 0) agreement_.copy_(sslx::mutual_information(old, labels_[0]));
  }

  Tensor embed(const Tensor& images) override { return encoder_->backbone->forward(images); }

 private:
  static constexpr int64_t kGlobals = 2;
  static constexpr int64_t kUnassigned = -100;  ///< cross_entropy() leaves such images out.

  sslx::Encoded project(const Tensor& images) {
    return {sslx::unit_rows(encoder_->forward(images)), {}};
  }

  Tensor first_projections(const Tensor& features) {
    eval();
    const Tensor z = encoder_->head->forward(features.to(bank_.device()));
    train();
    return sslx::unit_rows(z);
  }

  /// Mean over the classifiers of the cross-entropy with the images' clusters.
  Tensor loss_of(const Tensor& z, const Tensor& indices) const {
    const sslx::FullPrecision guard(z.device().type());
    Tensor sum;
    for (size_t head = 0; head < centroids_.size(); ++head) {
      const Tensor labels = labels_[static_cast<int64_t>(head)].index_select(0, indices);
      const Tensor logits = torch::mm(z, centroids_[head].t()) / temperature_;
      const Tensor value = torch::nn::functional::cross_entropy(
          logits, labels, torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum));
      const Tensor mean = value / labels.ne(kUnassigned).sum().clamp_min(1);
      sum = sum.defined() ? sum + mean : mean;
    }
    return sum / static_cast<double>(centroids_.size());
  }

  // Every process keeps the whole memory, so that all find the same clusters.
  void remember(const std::vector<sslx::Encoded>& seen, const Tensor& indices) {
    const torch::NoGradGuard guard;
    const Tensor places = group_->gather(indices);
    for (int64_t view = 0; view < kGlobals; ++view) {
      const Tensor rows = group_->gather(seen[static_cast<size_t>(view)].z);
      bank_[view].index_copy_(0, places, rows);
    }
  }

  // Each classifier from other first centroids, in turn over the memories of the global views.
  void cluster(size_t head, int64_t epoch) {
    const Tensor rows = bank_[static_cast<int64_t>(head) % kGlobals];
    const int64_t draw = epoch * std::ssize(centroids_) + static_cast<int64_t>(head);
    const Tensor start =
        sslx::drawn_rows(rows, centroids_[head].size(0), sslx::generator_of(seed_, draw));
    const sslx::Clusters found =
        sslx::kmeans(rows, start, {.iterations = iterations_, .spherical = true});
    centroids_[head].copy_(found.centroids);
    labels_[static_cast<int64_t>(head)].copy_(found.labels);
  }

  double temperature_, chance_ = 0;
  int64_t iterations_, local_views_;
  std::shared_ptr<sslx::Group> group_;
  sslx::Encoder encoder_;
  std::vector<Tensor> centroids_;  ///< `prototypes0`, ...: buffers, since they are never learnt.
  Tensor bank_, labels_, agreement_;
  sslx::Kept<int64_t> seed_;
};

}  // namespace

SSLX_METHOD(DeepClusterV2, "deepcluster_v2", "1.0.0",
            "classifies views by spherical k-means of the last epoch's projections",
            "Caron et al. 2020, arXiv:2006.09882", kParameters);
SSLX_DIAGNOSTICS("output_deviation cluster_agreement");
