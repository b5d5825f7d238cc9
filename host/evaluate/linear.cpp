#include "host/evaluate/linear.h"

#include <sslx/error.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "host/data/sampler.h"
#include "host/machine/beacon.h"

namespace sslx::evaluate {
namespace {

using torch::Tensor;

/// The draw that splits off the validation part; no training reaches this epoch.
constexpr uint32_t kSplitEpoch = 0xFFFFFFFFU;

Tensor permutation(int64_t count, uint64_t seed, uint32_t epoch) {
  return torch::tensor(data::Sampler(count, count, false, seed).order(epoch));
}

/// One classifier a learning rate, trained side by side: weight [R, D, C], bias [R, 1, C].
struct Classifiers {
  Tensor weight;
  Tensor bias;
  Tensor logits(const Tensor& features) const {
    return torch::matmul(features.unsqueeze(0), weight) + bias;
  }
};

/// One SGD step by the closed-form gradient of the mean cross-entropy, X^T (softmax - onehot) / B.
class ProbeOptimiser {
 public:
  ProbeOptimiser(Classifiers& model, const LinearOptions& options)
      : model_(model),
        options_(options),
        weight_velocity_(torch::zeros_like(model.weight)),
        bias_velocity_(torch::zeros_like(model.bias)) {}

  void step(const FeatureSet& batch, const Tensor& rates) {
    Tensor error = model_.logits(batch.features).softmax(2);
    const Tensor own = batch.labels.view({1, -1, 1}).expand({error.size(0), -1, 1});
    error.scatter_add_(2, own, torch::full({1, 1, 1}, -1.0F).expand_as(own));
    error /= static_cast<double>(batch.size());
    const Tensor gradient =
        torch::matmul(batch.features.t(), error) + options_.weight_decay * model_.weight;
    update(model_.weight, weight_velocity_, gradient, rates);
    update(model_.bias, bias_velocity_, error.sum(1, /*keepdim=*/true), rates);
  }

 private:
  void update(Tensor& weight, Tensor& velocity, const Tensor& gradient, const Tensor& rates) const {
    velocity.mul_(options_.momentum).add_(gradient);
    weight.sub_(rates * (options_.nesterov ? gradient + options_.momentum * velocity : velocity));
  }

  Classifiers& model_;
  const LinearOptions& options_;
  Tensor weight_velocity_;
  Tensor bias_velocity_;
};

FeatureSet subset(const FeatureSet& set, const Tensor& rows) {
  return {set.features.index_select(0, rows), set.labels.index_select(0, rows)};
}

/// Those of these rows of features that lie in memory, in a new order each epoch.
class KeptBatches : public FeatureBatches {
 public:
  KeptBatches(const FeatureSet& set, const Tensor& rows, int64_t batch_size, uint64_t seed)
      : set_(set), rows_(rows), batch_size_(batch_size), seed_(seed) {}

  FeatureSet next() override {
    if (first_ == 0) order_ = permutation(rows_.size(0), seed_, epoch_++);
    const Tensor places = order_.slice(0, first_, first_ + batch_size_);
    first_ += batch_size_;
    if (first_ >= rows_.size(0)) first_ = 0;
    return subset(set_, rows_.index_select(0, places));
  }

 private:
  const FeatureSet& set_;
  Tensor rows_;
  int64_t batch_size_;
  uint64_t seed_;
  Tensor order_;
  int64_t first_ = 0;  ///< Of the next batch, within its epoch.
  uint32_t epoch_ = 0;
};

/// Of the rates that were asked for, where so much of the training is done.
double rate_share(const LinearOptions& options, int64_t epoch, double done) {
  if (!options.steps) return 0.5 * (1.0 + std::cos(std::numbers::pi * done));
  const auto passed =
      std::ranges::count_if(options.milestones, [epoch](int64_t at) { return epoch >= at; });
  return std::pow(options.gamma, static_cast<double>(passed));
}

/// What a probe learns from, and by which its features are standardised.
class Teacher {
 public:
  Teacher(const FeatureSet& train, int64_t classes, const LinearOptions& options, uint64_t seed,
          const SeenAnew& seen_anew)
      : options_(options), classes_(classes), seed_(seed), seen_anew_(seen_anew) {
    if (options.standardise) {
      mean_ = train.features.mean(0);
      deviation_ = train.features.std(0, /*unbiased=*/false).clamp_min(1e-6);
    }
    train_ = {scaled(train.features), train.labels};
  }

  const FeatureSet& train() const { return train_; }

  Tensor scaled(const Tensor& features) const {
    return options_.standardise ? (features - mean_) / deviation_ : features;
  }

  /// Learnt from these rows of the training set.
  Classifiers fit(const Tensor& rows, const std::vector<double>& rates) const {
    const auto count = static_cast<int64_t>(rates.size());
    Classifiers model{torch::zeros({count, train_.features.size(1), classes_}),
                      torch::zeros({count, 1, classes_})};
    ProbeOptimiser optimiser(model, options_);
    const Tensor base = torch::tensor(rates).to(torch::kFloat32).view({-1, 1, 1});
    const std::unique_ptr<FeatureBatches> seen =
        seen_anew_ ? seen_anew_(rows, options_.epochs, seed_)
                   : std::make_unique<KeptBatches>(train_, rows, options_.batch_size, seed_);
    const int64_t batches = (rows.size(0) + options_.batch_size - 1) / options_.batch_size;
    for (int64_t step = 0; step < options_.epochs * batches; ++step) {
      const double done =
          static_cast<double>(step) / static_cast<double>(options_.epochs * batches);
      FeatureSet batch = seen->next();
      if (seen_anew_) batch.features = scaled(batch.features);
      optimiser.step(batch, base * rate_share(options_, step / batches, done));
      machine::sign_of_life();
    }
    return model;
  }

 private:
  const LinearOptions& options_;
  int64_t classes_;
  uint64_t seed_;
  const SeenAnew& seen_anew_;
  Tensor mean_, deviation_;
  FeatureSet train_;
};

/// What the validation share is in images.
int64_t wanted_validation(const LinearOptions& options, int64_t images) {
  return std::llround(options.validation * static_cast<double>(images));
}

/// The images that choose the rate: at least one, and one is left to learn from. None where there
/// is nothing to choose.
int64_t validation_images(const LinearOptions& options, int64_t images) {
  if (options.rates.size() == 1) return 0;
  return std::clamp<int64_t>(wanted_validation(options, images), 1,
                             std::max<int64_t>(images - 1, 1));
}

/// The rate whose classifier is right most often on the part split off; the smallest of equals.
double choose_rate(const Teacher& teacher, const LinearOptions& options, uint64_t seed) {
  const FeatureSet& train = teacher.train();
  const int64_t held_out = validation_images(options, train.size());
  if (held_out == 0) return options.rates[0];
  if (train.size() < 2) {
    throw input_error(
        "evaluate.linear.lr has several rates, but one labelled training image cannot both teach "
        "and choose; it must be one rate, or there must be more images");
  }
  const Tensor order = permutation(train.size(), seed, kSplitEpoch);
  const FeatureSet validation = subset(train, order.slice(0, 0, held_out));
  const Classifiers model = teacher.fit(order.slice(0, held_out), options.rates);
  const Tensor right =
      model.logits(validation.features).argmax(2).eq(validation.labels.unsqueeze(0)).sum(1);
  return options.rates[static_cast<size_t>(right.argmax().item<int64_t>())];
}

/// What was done, where that is not what was asked for.
void note_what_was_done(const LinearOptions& options, int64_t images, nlohmann::json& protocol) {
  const int64_t held_out = validation_images(options, images);
  if (held_out == 0) {
    protocol["validation"] = 0;
    protocol["selection"] = "none, there is one rate; the last epoch's weights, test set read once";
  } else if (held_out != wanted_validation(options, images)) {
    protocol["validation"] = static_cast<double>(held_out) / static_cast<double>(images);
  }
}

nlohmann::json protocol(const LinearOptions& options, int64_t images) {
  nlohmann::json out{
      {"probe", "linear"},
      {"optimizer", "sgd"},
      {"momentum", options.momentum},
      {"weight_decay", options.weight_decay},
      {"schedule",
       options.steps ? nlohmann::json{{"milestones", options.milestones}, {"gamma", options.gamma}}
                     : nlohmann::json("cosine")},
      {"epochs", options.epochs},
      {"batch_size", std::min(options.batch_size, images)},
      {"rates", options.rates},
      {"normalisation",
       options.standardise ? "features standardised by the training set" : "none, raw features"},
      {"augmentation", "none"},
      {"validation", options.validation},
      {"selection",
       "the rate on a part of the training set; the last epoch's weights, test set read once"}};
  // Left out otherwise, so that protocols from before there was such a thing keep their columns.
  if (options.nesterov) out["nesterov"] = true;
  note_what_was_done(options, images, out);
  return out;
}

}  // namespace

ProbeResult linear_probe(const FeatureSet& train, const FeatureSet& test, int64_t classes,
                         const LinearOptions& options, uint64_t seed, const SeenAnew& seen_anew) {
  const torch::NoGradGuard guard;
  LinearOptions sorted = options;
  std::ranges::sort(sorted.rates);
  const Teacher teacher(train, classes, sorted, seed, seen_anew);
  const double rate = choose_rate(teacher, sorted, seed);
  const Classifiers model = teacher.fit(torch::arange(train.size()), {rate});
  ProbeResult out;
  out.metric = "linear_top1";
  out.predictions = model.logits(teacher.scaled(test.features)).squeeze(0).argmax(1);
  out.accuracy = top1(out.predictions, test.labels);
  out.protocol = protocol(sorted, train.size());
  return out;
}

}  // namespace sslx::evaluate
