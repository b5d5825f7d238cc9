#include "host/evaluate/linear.h"

#include <sslx/error.h>

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

  void step(const Tensor& features, const Tensor& one_hot, const Tensor& rates) {
    const Tensor error =
        (model_.logits(features).softmax(2) - one_hot) / static_cast<double>(features.size(0));
    const Tensor gradient =
        torch::matmul(features.t(), error) + options_.weight_decay * model_.weight;
    weight_velocity_.mul_(options_.momentum).add_(gradient);
    bias_velocity_.mul_(options_.momentum).add_(error.sum(1, /*keepdim=*/true));
    model_.weight.sub_(rates * weight_velocity_);
    model_.bias.sub_(rates * bias_velocity_);
  }

 private:
  Classifiers& model_;
  const LinearOptions& options_;
  Tensor weight_velocity_;
  Tensor bias_velocity_;
};

Classifiers fit(const FeatureSet& train, int64_t classes, const LinearOptions& options,
                const std::vector<double>& rates, uint64_t seed) {
  const auto count = static_cast<int64_t>(rates.size());
  Classifiers model{torch::zeros({count, train.features.size(1), classes}),
                    torch::zeros({count, 1, classes})};
  ProbeOptimiser optimiser(model, options);
  const Tensor base = torch::tensor(rates).to(torch::kFloat32).view({-1, 1, 1});
  const Tensor one_hot = torch::one_hot(train.labels, classes).to(torch::kFloat32);
  const int64_t batches = (train.size() + options.batch_size - 1) / options.batch_size;
  for (int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    const Tensor order = permutation(train.size(), seed, static_cast<uint32_t>(epoch));
    for (int64_t batch = 0; batch < batches; ++batch) {
      const double done = static_cast<double>(epoch * batches + batch) /
                          static_cast<double>(options.epochs * batches);
      const Tensor rows =
          order.slice(0, batch * options.batch_size, (batch + 1) * options.batch_size);
      optimiser.step(train.features.index_select(0, rows), one_hot.index_select(0, rows),
                     base * (0.5 * (1.0 + std::cos(std::numbers::pi * done))));
      machine::sign_of_life();
    }
  }
  return model;
}

FeatureSet subset(const FeatureSet& set, const Tensor& rows) {
  return {set.features.index_select(0, rows), set.labels.index_select(0, rows)};
}

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
double choose_rate(const FeatureSet& train, int64_t classes, const LinearOptions& options,
                   uint64_t seed) {
  const int64_t held_out = validation_images(options, train.size());
  if (held_out == 0) return options.rates[0];
  if (train.size() < 2) {
    throw input_error(
        "evaluate.linear.lr has several rates, but one labelled training image cannot both teach "
        "and choose; it must be one rate, or there must be more images");
  }
  const Tensor order = permutation(train.size(), seed, kSplitEpoch);
  const FeatureSet validation = subset(train, order.slice(0, 0, held_out));
  const Classifiers model =
      fit(subset(train, order.slice(0, held_out)), classes, options, options.rates, seed);
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
      {"schedule", "cosine"},
      {"epochs", options.epochs},
      {"batch_size", std::min(options.batch_size, images)},
      {"rates", options.rates},
      {"normalisation", "features standardised by the training set"},
      {"augmentation", "none"},
      {"validation", options.validation},
      {"selection",
       "the rate on a part of the training set; the last epoch's weights, test set read once"}};
  note_what_was_done(options, images, out);
  return out;
}

}  // namespace

ProbeResult linear_probe(const FeatureSet& train, const FeatureSet& test, int64_t classes,
                         const LinearOptions& options, uint64_t seed) {
  const torch::NoGradGuard guard;
  const Tensor mean = train.features.mean(0);
  const Tensor deviation = train.features.std(0, /*unbiased=*/false).clamp_min(1e-6);
  const FeatureSet scaled{(train.features - mean) / deviation, train.labels};
  LinearOptions sorted = options;
  std::ranges::sort(sorted.rates);
  const double rate = choose_rate(scaled, classes, sorted, seed);
  const Classifiers model = fit(scaled, classes, sorted, {rate}, seed);
  ProbeResult out;
  out.metric = "linear_top1";
  out.predictions = model.logits((test.features - mean) / deviation).squeeze(0).argmax(1);
  out.accuracy = top1(out.predictions, test.labels);
  out.protocol = protocol(sorted, train.size());
  return out;
}

}  // namespace sslx::evaluate
