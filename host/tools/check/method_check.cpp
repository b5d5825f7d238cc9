#include "host/tools/check/method_check.h"

#include <fmt/format.h>

#include <memory>

#include "host/data/guarded.h"
#include "host/tools/check/directional.h"
#include "host/tools/check/kept_tensors.h"
#include "host/tools/check/outputs.h"
#include "host/tools/check/shard_check.h"
#include "host/tools/check/speed.h"
#include "host/tools/check/subject.h"
#include "host/train/first_loss.h"

namespace sslx::check {
namespace {

using torch::Tensor;

constexpr int64_t kSteps = 3;

/// The name of the first tensor that two states do not have alike; "" when they are the same.
std::string first_difference(const train::State& a, const train::State& b) {
  for (const auto& [name, tensor] : a) {
    const auto other = b.find(name);
    if (other == b.end() || !is_same(tensor, other->second)) return name;
  }
  return "";
}

class MethodCheck {
 public:
  MethodCheck(const train::TrialRequest& trial, Lines& lines) : setting_(trial), lines_(lines) {}

  void run() {
    if (!lines_.begin("made", [this] { subject_ = another(setting_.trial.seed); })) return;
    lines_.check("features", [this] { return features(); });
    if (!subject_->trains()) {
      lines_.check("training", [] { return does_not_apply("parameter_groups() is empty"); });
      return;
    }
    if (!lines_.begin("first loss", [this] { first_loss(); })) return;
    lines_.check("views", [this] { return views(); });
    lines_.check("loss", [this] { return loss(); });
    if (!has_gradient_) return;
    lines_.check("registered", [this] { return registered(); });
    lines_.check("gradients", [this] { return gradients(); });
    lines_.check("same seed", [this] { return same_seed(); });
    lines_.check("save and load", [this] { return save_and_load(); });
    lines_.check("finite differences", [this] { return differences(); });
    lines_.check("bf16", [this] { return bf16(); });
    lines_.check("two shards",
                 [this] { return registered_ ? two_shards(setting_) : does_not_apply(kSeeAbove); });
    lines_.check("speed", [this] { return speed(); });
  }

 private:
  static constexpr const char* kSeeAbove = "see `registered`";

  std::unique_ptr<Subject> another(uint64_t seed) const {
    return std::make_unique<Subject>(setting_, seed);
  }

  /// A method that wants other views or data refuses here.
  void first_loss() {
    subject_->begin_epoch();
    subject_->loss(subject_->batch(0), 0);
  }

  Outcome features() {
    Method& method = subject_->method();
    const Tensor images = subject_->evaluation_images();
    const train::State before = train::copied_state(method);
    std::string wrong = wrong_features(method, images);
    if (wrong.empty()) {
      const std::string changed = first_difference(before, train::copied_state(method));
      if (!changed.empty()) wrong = fmt::format("embed() changes {} in evaluation mode", changed);
    }
    if (wrong.empty()) wrong = wrong_training_features(method, images);
    method.train();
    return unless(wrong);
  }

  Outcome loss() {
    const Loss first = subject_->loss(subject_->batch(0), 0);
    has_gradient_ = first.value.defined() && first.value.dim() == 0 && first.value.requires_grad();
    const std::string training = wrong_loss(first, declared(), /*training=*/true);
    if (!training.empty()) return wrong(training);
    subject_->method().eval();
    const Loss seen = subject_->loss(subject_->batch(0), 0);
    subject_->method().train();
    return unless(wrong_loss(seen, declared(), /*training=*/false));
  }

  const std::optional<std::vector<std::string>>& declared() const { return subject_->declared(); }

  Outcome views() {
    const Batch batch = subject_->batch(0);
    const train::Untouched before(batch);
    subject_->loss(batch, 0);
    std::string found = before.changed("loss()");
    if (found.empty()) {
      const Batch images{{subject_->evaluation_images()}, {}, {}};
      const train::Untouched unread(images);
      const torch::NoGradGuard guard;
      subject_->method().eval();
      subject_->method().embed(images.views[0]);
      subject_->method().train();
      found = unread.changed("embed()");
    }
    return unless(found);
  }

  Outcome registered() {
    const Loss out = subject_->loss(subject_->batch(0), 0);
    std::string found = train::unregistered_leaves(out.value, subject_->method());
    if (found.empty()) {
      out.value.backward();
      found = train::left_out_of_groups(subject_->method(), subject_->groups());
      subject_->drop_gradients();
    }
    registered_ = found.empty();
    return unless(found);
  }

  Outcome gradients() {
    subject_->loss(subject_->batch(0), 0).value.backward();
    const std::string found = train::without_gradient(subject_->method(), subject_->groups(),
                                                      subject_->may_lack_gradient());
    subject_->drop_gradients();
    return unless(found);
  }

  Outcome same_seed() {
    const auto one = another(7);
    const auto two = another(7);
    const auto differs = [&] {
      return first_difference(train::copied_state(one->method()),
                              train::copied_state(two->method()));
    };
    std::string found = differs();
    if (!found.empty()) {
      repeats_ = false;
      return wrong(fmt::format("two methods made with the same seed begin with another {}", found));
    }
    one->begin_epoch();
    two->begin_epoch();
    for (int64_t step = 0; step < 2; ++step) {
      const double a = one->step(step);
      const double b = two->step(step);
      found = differs();
      if (is_same(a, b) && found.empty()) continue;
      repeats_ = false;
      return wrong(fmt::format(
          "two methods made with the same seed differ at step {}: the loss is {} and {}{}; numbers "
          "are drawn from the context's generator or from torch's, whose seeds the host sets",
          step, a, b, found.empty() ? "" : ", first in " + found));
    }
    return passed();
  }

  /// A module of another seed, which is given what was saved, goes on as the first one does.
  Outcome save_and_load() {
    if (!repeats_) return does_not_apply("see `same seed`");
    const auto fresh = another(1);
    const auto loaded = another(2);
    fresh->begin_epoch();
    if (std::string told = parts_of_ways(*fresh, *loaded, 0); !told.empty()) {
      return wrong(told + ": something that it is made with is neither parameter nor buffer" +
                   kept(*another(1)));
    }
    const auto trained = another(1);
    trained->begin_epoch();
    for (int64_t step = 0; step < kSteps; ++step) trained->step(step);
    if (std::string told = parts_of_ways(*trained, *another(3), kSteps); !told.empty()) {
      return wrong(told +
                   ": something that it keeps between steps is neither parameter nor buffer" +
                   kept(*another(1)));
    }
    return passed();
  }

  /// Two steps of one method, and of another that got its state.
  static std::string parts_of_ways(Subject& saved, Subject& loaded, int64_t first) {
    loaded.go_to(saved.moment());
    for (int64_t step = first; step < first + 2; ++step) {
      const double expected = saved.step(step);
      const double found = loaded.step(step);
      if (is_same(expected, found)) continue;
      return fmt::format("{}, the loss of step {} is {} where the saved method has {}",
                         first == 0 ? "loaded into a new method before the first step"
                                    : fmt::format("loaded into a new method after {} steps", first),
                         step, found, expected);
    }
    return "";
  }

  static std::string kept(Subject& subject) {
    subject.begin_epoch();
    const std::string names = kept_unregistered(
        subject.method(), [&] { subject.step(0); }, [&] { subject.step(1); });
    if (names.empty()) return "";
    return fmt::format("; it is {}, which wants register_buffer() and is changed in place", names);
  }

  Outcome differences() {
    if (!registered_) return does_not_apply(kSeeAbove);
    const auto subject = another(setting_.trial.seed);
    subject->begin_epoch();
    subject->step(0);
    subject->widen();
    const Moment start = subject->moment();
    const Batch batch = subject->batch(1);
    Named weights;
    for (const auto& item : subject->method().named_parameters()) {
      if (item->requires_grad()) weights.emplace_back(item.key(), item.value());
    }
    const Agreement found = gradient_agreement(weights, [&](const std::function<void()>& move) {
      subject->go_to(start);
      move();
      return subject->loss(batch, 1).value;
    });
    return said(found);
  }

  Outcome bf16() {
    const Moment start = subject_->moment();
    const Loss full = subject_->loss(subject_->batch(0), 0);
    full.value.backward();
    const Tensor expected = all_gradients();
    Loss half;
    subject_->go_to(start);
    {
      const train::Autocast autocast(torch::kCPU, true);
      half = subject_->loss(subject_->batch(0), 0);
    }
    half.value.backward();
    const Tensor found = all_gradients();
    return compare_precisions(full.value.item<double>(), half.value.item<double>(), expected,
                              found);
  }

  /// In one row, and gone from the parameters.
  Tensor all_gradients() {
    std::vector<Tensor> parts;
    for (const Tensor& parameter : subject_->method().parameters()) {
      if (parameter.grad().defined())
        parts.push_back(parameter.grad().flatten().to(torch::kFloat64));
    }
    subject_->drop_gradients();
    return torch::cat(parts);
  }

  Outcome speed() {
    return images_a_second(setting_.batch_size, setting_.machine.threads, [&] {
      subject_->loss(subject_->batch(0), 0).value.backward();
      subject_->drop_gradients();
    });
  }

  Setting setting_;
  Lines& lines_;
  std::unique_ptr<Subject> subject_;
  bool has_gradient_ = false;  ///< The loss: what follows takes it.
  bool registered_ = true;
  bool repeats_ = true;
};

}  // namespace

void check_method(const train::TrialRequest& trial, Lines& lines) {
  MethodCheck(trial, lines).run();
}

}  // namespace sslx::check
