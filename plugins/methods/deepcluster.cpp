// DeepCluster: before each epoch, k-means over the features of all images; an epoch of supervised
// training on the clusters as labels, with a new classifier. Caron et al. 2018, Deep Clustering for
// Unsupervised Learning of Visual Features, arXiv:1807.05520.
#include <sslx/before_epoch.h>
#include <sslx/draws.h>
#include <sslx/kmeans.h>
#include <sslx/losses.h>
#include <sslx/method.h>
#include <sslx/random.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace {

using torch::Tensor;

constexpr std::array kParameters{
    sslx::integer("clusters", 10000, "k; about ten times the classes").at_least(2),
    sslx::integer("kmeans_iterations", 20, "before each epoch").at_least(0),
    sslx::choice("sampling", "uniform", "uniform|weighted",
                 "all clusters are seen equally often: by drawing as many images of each, as the "
                 "authors do, or by an image's weight, the inverse of its cluster's size"),
    sslx::integer("whitened_width", 256, "directions kept by the PCA, section 4.1").at_least(1)};

class DeepCluster : public sslx::Method, public sslx::BeforeEpoch {
 public:
  explicit DeepCluster(const sslx::MethodContext& context)
      : clusters_(context.parameters.integer("clusters")),
        iterations_(context.parameters.integer("kmeans_iterations")),
        whitened_width_(context.parameters.integer("whitened_width")),
        weighted_(context.parameters.choice("sampling") == "weighted"),
        backbone_(register_module("backbone", context.make_backbone())),
        classifier_(
            register_module("classifier", torch::nn::Linear(backbone_->feature_dim(), clusters_))) {
    labels_ = register_buffer("labels", torch::zeros({context.dataset_size}, torch::kInt64));
    weights_ = register_buffer("weights", torch::ones({context.dataset_size}));
    seed_ = sslx::Kept<int64_t>(register_buffer("seed", sslx::drawn_seed(context.generator)));
    agreement_ = register_buffer("agreement", torch::zeros({}, torch::kFloat64));
  }

  int64_t view_count() const override { return 1; }
  bool separable() const override { return true; }

  // Section 3.3, "Trivial parametrization": images are sampled so that all clusters come equally
  // often, which is the same as weighting an image by the inverse of its cluster's size.
  sslx::Loss loss(const sslx::Batch& batch) override {
    const Tensor logits = classifier_->forward(backbone_->forward(batch.views[0]));
    const Tensor labels = labels_.index_select(0, batch.indices);
    const Tensor each = torch::nn::functional::cross_entropy(
        logits.to(torch::kFloat32), labels,
        torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kNone));
    const Tensor value = weighted_ ? weights_.index_select(0, batch.indices) * each : each;
    return {
        value.mean(),
        {{"cluster_accuracy", sslx::accuracy(logits, labels)}, {"cluster_agreement", agreement_}},
        std::log(static_cast<double>(clusters_))};
  }

  void before_epoch(int64_t epoch, const Features& features) override {
    const torch::NoGradGuard guard;
    const torch::Generator generator = sslx::generator_of(seed_, epoch);
    const Tensor all = features().to(labels_.device());
    const Tensor rows = sslx::unit_rows(sslx::whitened(all, whitened_width_));
    const Tensor found = sslx::kmeans(rows, sslx::drawn_rows(rows, clusters_, generator),
                                      {.iterations = iterations_, .split_for_empty = true})
                             .labels;
    if (epoch > 0) agreement_.copy_(sslx::mutual_information(labels_, found));
    labels_.copy_(found);
    const Tensor sizes = found.bincount({}, clusters_).to(torch::kFloat32);
    const Tensor share = sizes.gt(0).sum().reciprocal() * static_cast<double>(found.size(0));
    weights_.copy_((share / sizes).index_select(0, found));
    reset_classifier(generator);
  }

  /// The authors' sampler: of each cluster that is not empty an equal share of the epoch, with
  /// replacement where it has not as many, all shuffled.
  Tensor images_of_epoch(int64_t epoch) override {
    if (weighted_) return {};
    const Tensor labels = labels_.cpu();
    std::vector<std::vector<int64_t>> members(static_cast<size_t>(clusters_));
    const auto cluster_of = labels.accessor<int64_t, 1>();
    for (int64_t i = 0; i < labels.size(0); ++i) {
      members[static_cast<size_t>(cluster_of[i])].push_back(i);
    }
    std::erase_if(members, [](const auto& cluster) { return cluster.empty(); });
    const auto share = static_cast<size_t>(labels.size(0)) / members.size() + 1;
    sslx::RandomStream random(static_cast<uint64_t>(seed_.value()),
                              {static_cast<uint32_t>(epoch), 0, 0, 0});
    std::vector<int64_t> out;
    for (std::vector<int64_t>& cluster : members) append_share(cluster, share, random, out);
    shuffle(out, random);
    return torch::tensor(out).narrow(0, 0, labels.size(0));
  }

  Tensor embed(const Tensor& images) override { return backbone_->forward(images); }

 private:
  static void shuffle(std::vector<int64_t>& images, sslx::RandomStream& random) {
    for (size_t left = images.size(); left > 1; --left) {
      std::swap(images[left - 1], images[random.below(static_cast<uint32_t>(left))]);
    }
  }

  static void append_share(std::vector<int64_t>& cluster, size_t share, sslx::RandomStream& random,
                           std::vector<int64_t>& out) {
    if (cluster.size() > share) {
      shuffle(cluster, random);
      out.insert(out.end(), cluster.begin(), cluster.begin() + static_cast<ptrdiff_t>(share));
      return;
    }
    for (size_t i = 0; i < share; ++i) {
      out.push_back(cluster[random.below(static_cast<uint32_t>(cluster.size()))]);
    }
  }

  // Clusters have other numbers each time. The authors' code also gives the classifier a new
  // optimiser; here its momentum lives on, some twenty steps at 0.9.
  void reset_classifier(const torch::Generator& generator) {
    const Tensor& weight = classifier_->weight;
    weight.copy_(0.01 * torch::randn(weight.sizes(), generator));
    classifier_->bias.zero_();
  }

  int64_t clusters_, iterations_, whitened_width_;
  bool weighted_;
  std::shared_ptr<sslx::Backbone> backbone_;
  torch::nn::Linear classifier_;
  Tensor labels_, weights_, agreement_;
  sslx::Kept<int64_t> seed_;
};

}  // namespace

SSLX_METHOD(DeepCluster, "deepcluster", "1.1.0",
            "classifies images by k-means of all images' features, anew each epoch",
            "Caron et al. 2018, arXiv:1807.05520", kParameters);
SSLX_DIAGNOSTICS("cluster_accuracy cluster_agreement");
