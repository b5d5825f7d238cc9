#include "host/tools/check/subject.h"

#include <sslx/before_epoch.h>

#include <algorithm>
#include <numeric>

#include "host/evaluate/features.h"
#include "host/train/snapshot.h"

namespace sslx::check {
namespace {

using torch::Tensor;

constexpr double kRate = 0.02;
constexpr int64_t kTotalSteps = 100;
constexpr int64_t kMostImages = 16;
constexpr uint64_t kDraws = 1000;

/// Every parameter and buffer by name.
std::map<std::string, Tensor> tensors_of(const torch::nn::Module& module) {
  std::map<std::string, Tensor> out;
  for (const auto& item : module.named_parameters()) out[item.key()] = item.value();
  for (const auto& item : module.named_buffers()) out[item.key()] = item.value();
  return out;
}

/// One thread makes the views, on the CPU; precision and memory format are the checks' own.
train::TrialRequest plain(train::TrialRequest trial) {
  trial.execution.device = "cpu";
  trial.execution.view_workers = 0;
  trial.config["train"]["precision"] = "fp32";
  trial.config["train"]["channels_last"] = "off";
  return trial;
}

}  // namespace

Setting::Setting(const train::TrialRequest& request)
    : trial(plain(request)),
      machine(train::resolve_machine(trial.execution, trial.config.at("train"))),
      set(data::load_dataset(data::data_spec(trial.config.at("data"), trial.data_path))),
      images(train::as_split(set.train)),
      batch_size(std::min({trial.config.at("train").at("batch_size").get<int64_t>(), kMostImages,
                           images.images.size()})) {}

Subject::Subject(const Setting& setting, uint64_t seed, std::shared_ptr<Group> group)
    : setting_(setting), trial_(setting.trial), components_(trial_) {
  trial_.seed = seed;
  components_.set_sources(setting.set.sources);
  if (group) components_.set_group(std::move(group));
  const data::ImageSet& set = setting.set.train;
  method_ = components_.method({.input_channels = set.channels,
                                .dataset_size = set.size(),
                                .class_count = std::ssize(setting.set.class_names),
                                .total_steps = kTotalSteps,
                                .height = set.height,
                                .width = set.width},
                               setting.machine);
  groups_ = method_->parameter_groups();
  std::erase_if(groups_, [](const ParameterGroup& one) { return one.parameters.empty(); });
  prepare_ = components_.evaluation_input(setting.machine);
  method_->train();
  if (!trains()) return;
  // The views are those of one seed, whatever the method's.
  views_ = std::make_unique<data::ViewPipeline>(
      setting.images.images, setting.images.labels, components_.view_recipes(method_->view_count()),
      setting.trial.seed, 0, false, components_.local_views());
}

Batch Subject::batch(int64_t number) const {
  const int64_t size = setting_.batch_size;
  std::vector<int64_t> indices(static_cast<size_t>(size));
  const int64_t first = number * size % (setting_.images.images.size() - size + 1);
  std::iota(indices.begin(), indices.end(), first);
  Batch out = views_->make(number, indices);
  if (wide_) {
    for (Tensor& view : out.views) view = view.to(torch::kFloat64);
  }
  return out;
}

Tensor Subject::evaluation_images() const {
  const Tensor out = prepare_(setting_.images.images.range(0, setting_.batch_size));
  return wide_ ? out.to(torch::kFloat64) : out;
}

void Subject::begin_epoch() {
  auto* method = dynamic_cast<BeforeEpoch*>(method_.get());
  if (method == nullptr) return;
  method->before_epoch(0, [this] {
    return evaluate::extract_features(*method_, setting_.images.images, setting_.images.labels,
                                      prepare_, torch::kCPU, setting_.batch_size)
        .features;
  });
}

Loss Subject::loss(const Batch& batch, int64_t number) {
  torch::manual_seed(kDraws + static_cast<uint64_t>(number));
  return method_->loss(batch);
}

double Subject::step(int64_t number) {
  const Loss out = loss(batch(number), number);
  out.value.backward();
  {
    const torch::NoGradGuard guard;
    for (const ParameterGroup& group : groups_) {
      for (const Tensor& parameter : group.parameters) {
        if (parameter.grad().defined()) parameter.sub_(kRate * parameter.grad());
      }
    }
  }
  drop_gradients();
  method_->after_step({number, kTotalSteps, 0});
  return out.value.item<double>();
}

void Subject::drop_gradients() {
  for (const Tensor& parameter : method_->parameters()) parameter.mutable_grad().reset();
  for (const ParameterGroup& group : groups_) {
    for (const Tensor& parameter : group.parameters) parameter.mutable_grad().reset();
  }
}

Moment Subject::moment() const {
  return {train::copied_state(*method_), train::random_state(components_.generator())};
}

void Subject::go_to(const Moment& moment) {
  const torch::NoGradGuard guard;
  for (auto& [name, tensor] : tensors_of(*method_)) {
    const auto found = moment.state.find(name);
    if (found != moment.state.end()) tensor.copy_(found->second);
  }
  if (moment.generator.defined())
    train::set_random_state(components_.generator(), moment.generator);
}

void Subject::widen() {
  wide_ = true;
  for (auto& [name, tensor] : tensors_of(*method_)) {
    if (tensor.is_floating_point()) tensor.set_data(tensor.to(torch::kFloat64));
  }
}

}  // namespace sslx::check
