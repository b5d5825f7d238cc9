#include "host/tools/check/shard_check.h"

#include <fmt/format.h>

#include <cmath>

#include "host/tools/check/thread_group.h"

namespace sslx::check {
namespace {

using torch::Tensor;

constexpr double kBound = 1e-5;
constexpr int64_t kShards = 2;

/// A group of one process that counts what is asked of it.
class Counting : public Group {
 public:
  Tensor gather(const Tensor& rows) override {
    ++asked;
    return Group::gather(rows);
  }
  Tensor sum(const Tensor& values) override {
    ++asked;
    return Group::sum(values);
  }
  int asked = 0;
};

Batch rows_of(const Batch& batch, const Tensor& rows) {
  Batch out = batch;
  for (Tensor& view : out.views) view = view.index_select(0, rows);
  out.indices = batch.indices.index_select(0, rows);
  out.labels = batch.labels.index_select(0, rows);
  return out;
}

struct Result {
  double value = 0;
  Tensor gradient;
};

Result of(Subject& subject, const Batch& batch) {
  const Loss out = subject.loss(batch, 0);
  out.value.backward();
  std::vector<Tensor> parts;
  for (const Tensor& parameter : subject.method().parameters()) {
    if (!parameter.requires_grad()) continue;
    const Tensor& grad = parameter.grad();
    parts.push_back((grad.defined() ? grad : torch::zeros_like(parameter)).flatten());
  }
  subject.drop_gradients();
  return {out.value.item<double>(), torch::cat(parts)};
}

Result mean(const std::vector<Result>& shards) {
  Result out = shards[0];
  for (size_t i = 1; i < shards.size(); ++i) {
    out.value += shards[i].value;
    out.gradient = out.gradient + shards[i].gradient;
  }
  return {out.value / kShards, out.gradient / kShards};
}

double apart(const Result& a, const Result& b) {
  const double values = std::abs(a.value - b.value) / std::max(std::abs(b.value), 1.0);
  const double gradients =
      ((a.gradient - b.gradient).norm() / b.gradient.norm().clamp_min(1e-12)).item<double>();
  return std::max(values, gradients);
}

class ShardCheck {
 public:
  explicit ShardCheck(const Setting& setting)
      : setting_(setting), alone_(std::make_shared<Counting>()), whole_(setting, 1, alone_) {
    whole_.begin_epoch();
    start_ = whole_.moment();
    prepare(whole_);
    batch_ = whole_.batch(0);
    const int64_t images = batch_.indices.size(0) / kShards * kShards;
    batch_ = rows_of(batch_, torch::arange(images));
  }

  Outcome result() {
    const Result expected = fresh();
    const bool gathers = alone_->asked > 0;
    if (apart(fresh(batch_.indices.size(0)), expected) > kBound) {
      return does_not_apply("the loss depends on the order of its images, as draws for each do");
    }
    if (whole_.method().separable()) return compared(mean(apart_from_each_other()), expected, true);
    if (gathers) return compared(mean(in_a_group()), expected, false);
    return does_not_apply(
        "it compares the images of a batch and takes nothing of its group; what several processes "
        "share is written with <sslx/shards.h>");
  }

 private:
  void prepare(Subject& subject) const {
    subject.widen();
    subject.method().eval();
  }

  /// Of the whole batch in one process; with `reversed` images of it in the other order.
  Result fresh(int64_t reversed = 0) {
    whole_.go_to(start_);
    if (reversed == 0) return of(whole_, batch_);
    return of(whole_, rows_of(batch_, torch::arange(reversed).flip(0)));
  }

  Batch shard(int64_t rank) const {
    const int64_t size = batch_.indices.size(0) / kShards;
    return rows_of(batch_, torch::arange(rank * size, (rank + 1) * size));
  }

  std::vector<Result> apart_from_each_other() {
    std::vector<Result> out;
    for (int64_t rank = 0; rank < kShards; ++rank) {
      whole_.go_to(start_);
      out.push_back(of(whole_, shard(rank)));
    }
    return out;
  }

  std::vector<Result> in_a_group() {
    std::vector<Result> out(kShards);
    Meeting meeting(kShards);
    run_in_group(meeting, [&](const std::shared_ptr<Group>& group) {
      std::unique_ptr<Subject> subject;
      {
        const std::lock_guard lock(making_);  // it seeds the generator that all threads share
        subject = std::make_unique<Subject>(setting_, 1, group);
      }
      subject->go_to(start_);
      prepare(*subject);
      out[static_cast<size_t>(group->rank())] = of(*subject, shard(group->rank()));
    });
    return out;
  }

  static Outcome compared(const Result& found, const Result& expected, bool separable) {
    const double error = apart(found, expected);
    if (error <= kBound) return passed(fmt::format("{:.0e} apart", error));
    return wrong(fmt::format(
        "{}: the loss of a batch is {:.6g}, the mean of its halves' {:.6g}, and value or gradient "
        "are {:.2g} of their size apart",
        separable ? "separable() says that a batch may be split, but it is not so"
                  : "in two processes it is not the loss of the whole batch",
        expected.value, found.value, error));
  }

  const Setting& setting_;
  std::shared_ptr<Counting> alone_;
  Subject whole_;
  Moment start_;
  Batch batch_;
  std::mutex making_;
};

}  // namespace

Outcome two_shards(const Setting& setting) { return ShardCheck(setting).result(); }

}  // namespace sslx::check
