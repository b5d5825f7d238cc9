#include "host/train/pretraining.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/data/data_error.h"
#include "host/machine/beacon.h"
#include "host/train/diagnostics.h"
#include "host/train/first_loss.h"
#include "host/train/loss_trace.h"

namespace sslx::train {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<int64_t> checked_places(const torch::Tensor& chosen, int64_t images) {
  const bool fits = chosen.is_cpu() && chosen.scalar_type() == torch::kInt64 && chosen.dim() == 1 &&
                    chosen.size(0) == images;
  if (!fits || chosen.min().item<int64_t>() < 0 || chosen.max().item<int64_t>() >= images) {
    throw Error(ErrorKind::kRun,
                fmt::format("the images of an epoch must be {} places from 0 to {}, int64 on the "
                            "CPU",
                            images, images - 1));
  }
  const torch::Tensor places = chosen.contiguous();
  const auto* first = places.const_data_ptr<int64_t>();
  return {first, first + images};
}

}  // namespace

std::vector<int64_t> chosen_images(Method& method, int64_t epoch, int64_t images) {
  auto* chooses = dynamic_cast<BeforeEpoch*>(&method);
  const torch::Tensor chosen =
      chooses == nullptr ? torch::Tensor() : chooses->images_of_epoch(epoch);
  return chosen.defined() ? checked_places(chosen, images) : std::vector<int64_t>();
}

Pretraining::Pretraining(const PretrainingParts& parts, const Machine& machine,
                         const LoopPlan& plan, int64_t images)
    : parts_(parts),
      machine_(machine),
      epochs_(plan.epochs),
      images_(images),
      total_(plan.epochs * plan.steps_per_epoch(images)),
      gradients_(parts.method) {
  if (parts.watch != nullptr && parts.watch->can_look()) {
    looks_ = parts.watch->affordable_looks(total_ * plan.step_size());
  }
}

Loss Pretraining::loss(const Batch& batch) {
  Loss out = looked_ ? parts_.method.loss(batch) : first_loss(batch);
  if (parts_.online != nullptr) teach_online(batch, out);
  return out;
}

/// From the first view, as evaluation would read it.
void Pretraining::teach_online(const Batch& batch, Loss& loss) {
  const torch::NoGradGuard guard;
  parts_.method.eval();
  const torch::Tensor features = parts_.method.embed(batch.views[0]);
  parts_.method.train();
  loss.diagnostics["online_accuracy"] = parts_.online->learn(features, batch.labels);
}

/// What is wrong with a plugin's first loss is told, and no reason to end the training.
Loss Pretraining::first_loss(const Batch& batch) {
  looked_ = true;
  const Untouched before(batch);
  Loss out = parts_.method.loss(batch);
  tell(before.changed("loss()"));
  if (out.value.defined()) tell(unregistered_leaves(out.value, parts_.method));
  return out;
}

void Pretraining::tell(const std::string& finding) const {
  if (finding.empty()) return;
  parts_.journal.write(
      "warning",
      {{"message", fmt::format("{}: {}; `sslx plugins check` looks at it", parts_.who, finding)}});
}

void Pretraining::before_epoch(int64_t epoch) {
  auto* method = dynamic_cast<BeforeEpoch*>(&parts_.method);
  if (method != nullptr) method->before_epoch(epoch, parts_.features);
}

std::vector<int64_t> Pretraining::images_of_epoch(int64_t epoch) {
  return chosen_images(parts_.method, epoch, images_);
}

void Pretraining::before_update(const Step& step, const Loss& mean, int64_t images) {
  if (is_last_epoch(step)) last_epoch_.add(mean.diagnostics, images);
  if (step.step == 0) {
    tell(left_out_of_groups(parts_.method, parts_.groups));
    tell(without_gradient(parts_.method, parts_.groups, parts_.may_lack_gradient));
  }
  gradients_.see();
}

bool Pretraining::asks_for(int64_t step) const {
  return (step + 1) * looks_ / total_ > step * looks_ / total_;
}

void Pretraining::record(const Recorded& step) {
  std::map<std::string, double> values = step.values;
  // Of an InfoNCE this is its bound on the mutual information of the views (CPC, eq. 5;
  // arXiv:1807.03748).
  if (step.loss.chance) values["loss_below_chance"] = *step.loss.chance - values["loss"];
  values["lr"] = step.rate;
  values["images_per_second"] = step.images_per_second;
  if (asks_for(step.at.step)) look(step.at, values);
  if (step.at.step + 1 == total_ || asks_for(step.at.step)) {
    values.merge(step.times.shares());
    if (const int64_t bytes = peak_device_memory_bytes(machine_)) {
      values["peak_device_memory_bytes"] = static_cast<double>(bytes);
    }
  }
  parts_.journal.metric(step.at.step + 1, step.at.epoch + 1, values);
}

/// Views that embed() refuses are no reason to end a training that does not need it.
void Pretraining::look(const Step& step, std::map<std::string, double>& values) {
  const Clock::time_point begin = Clock::now();
  const machine::AtWork seen(parts_.who, "embed");
  try {
    std::map<std::string, double> figures = parts_.watch->look();
    if (is_last_epoch(step)) last_epoch_.add(figures, 1);
    values.merge(figures);
    look_seconds_ += seconds_since(begin);
    values["share_looks"] = look_seconds_ / seconds();
  } catch (const data::DataError&) {
    throw;
  } catch (const Error& error) {
    looks_ = 0;
    parts_.journal.write("warning",
                         {{"message", fmt::format("alignment, uniformity and effective rank of the "
                                                  "features are not recorded: {}",
                                                  error.what())}});
  }
}

void Pretraining::after_epoch(const Step& last) {
  parts_.journal.metric(last.step + 1, last.epoch + 1, gradients_.layers());
}

double Pretraining::seconds() const { return seconds_before_ + seconds_since(started_); }

void Pretraining::trace(int64_t first, const torch::Tensor& losses) {
  write_losses(parts_.journal, "pretrain", first, losses);
}

void Pretraining::save(Snapshot& out) const {
  out.put("gradients.", gradients_.state());
  out.put("last_epoch.", last_epoch_.state());
  if (parts_.online != nullptr) out.put("online.", parts_.online->state());
  if (parts_.generator.defined()) out.tensors["generator"] = random_state(parts_.generator);
  out.facts["pretraining"] = {
      {"looks", looks_}, {"look_seconds", look_seconds_}, {"seconds", seconds()}};
}

void Pretraining::load(const Snapshot& in) {
  looked_ = true;
  gradients_.load(in.under("gradients."));
  last_epoch_.load(in.under("last_epoch."));
  if (parts_.online != nullptr) parts_.online->load(in.under("online."));
  if (parts_.generator.defined()) set_random_state(parts_.generator, in.tensors.at("generator"));
  const nlohmann::json& facts = in.facts.at("pretraining");
  looks_ = facts.at("looks");
  look_seconds_ = facts.at("look_seconds");
  seconds_before_ = facts.at("seconds");
}

std::string Pretraining::collapse() const { return train::collapse(last_epoch_.means()); }

LoopResult pretrain(const PretrainingParts& parts, const LoopParts& loop,
                    const nlohmann::json& train_config, uint64_t seed) {
  const LoopPlan plan = training_plan(train_config, seed);
  Pretraining lesson(parts, loop.machine, plan, loop.views.size());
  LoopResult result = train(lesson, loop, plan);
  if (result.end == LoopEnd::kCompleted) result.collapse = lesson.collapse();
  return result;
}

}  // namespace sslx::train
