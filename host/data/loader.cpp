// The threads behind Loader. One lock guards the plan: which slice of which batch is next, and
// which batches are whole. Slices are made outside of it, into places that no other slice touches.
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>
#include <sslx/error.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "host/data/memory.h"
#include "host/data/sampler.h"
#include "host/data/view_pipeline.h"

namespace sslx::data {
namespace {

/// Makes this thread's torch operations run on this thread alone. torch sets a new thread's width
/// at its first parallel call, so that must have happened before: at::get_num_threads makes it
/// happen inside torch's own library (the inline lazy_init_num_threads would mark only a hidden
/// copy of the flag here). OpenMP's own function is used since at::set_num_threads would change the
/// main thread's width too; it is looked up in the OpenMP library that torch brought along.
void leave_torch_threads_alone() {
  static_cast<void>(at::get_num_threads());
  if (void* symbol = ::dlsym(RTLD_DEFAULT, "omp_set_num_threads"); symbol != nullptr) {
    reinterpret_cast<void (*)(int)>(symbol)(1);
  }
}

/// One that is there again becomes an index of its own, which the pipeline draws for anew.
void tell_repeats_apart(std::vector<int64_t>& order, int64_t images) {
  std::vector<int64_t> seen(static_cast<size_t>(images));
  for (int64_t& index : order) index += images * seen[static_cast<size_t>(index)]++;
}

}  // namespace

class Loader::State {
 public:
  State(const ViewPipeline& pipeline, const LoaderOptions& options)
      : pipeline_(pipeline),
        options_(options),
        sampler_(pipeline.size(), options.batch_size, options.drop_last, options.seed),
        total_(options.epochs * sampler_.batches_per_epoch()),
        memory_(options.pinned),
        opened_(options.first),
        taken_(options.first) {
    tell_repeats_apart(options_.last_epoch, pipeline.size());
    const int64_t batches = pipeline.workers() > 0 ? options.depth : 1;
    const int64_t images = options.batch_size / options.parts;
    check_memory(pipeline.bytes_of(images) * static_cast<double>(batches),
                 fmt::format("the views of {} batch{} of {} images", batches,
                             batches == 1 ? "" : "es", images),
                 "a smaller train.batch_size with train.accumulate, or smaller crops, need less");
    for (int i = 0; i < pipeline.workers(); ++i) threads_.emplace_back([this] { work(); });
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    work_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  int64_t total() const { return total_; }
  const std::vector<int64_t>& indices() const { return last_; }

  Batch next() {
    if (taken_ == total_) {
      throw Error(ErrorKind::kRun, "the loader has no more batches: all epochs are read");
    }
    if (threads_.empty()) {
      const int64_t number = taken_++;
      last_ = indices_of(number);
      return pipeline_.make(number / sampler_.batches_per_epoch(), last_, memory_);
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return failure_ || (!plan_.empty() && plan_.front()->left == 0); });
    if (failure_) std::rethrow_exception(failure_);
    Batch out = std::move(plan_.front()->batch);
    last_ = std::move(plan_.front()->indices);
    plan_.pop_front();
    ++taken_;
    work_.notify_all();
    return out;
  }

 private:
  /// A batch in the making.
  struct Work {
    Batch batch;
    std::vector<int64_t> indices;
    int64_t epoch = 0;
    int64_t slices = 0;
    int64_t given = 0;  ///< Slices that a worker has taken.
    int64_t left = 0;   ///< Slices that are not yet whole.
  };

  std::vector<int64_t> order_of(int64_t epoch) const {
    const bool given = epoch + 1 == options_.epochs && !options_.last_epoch.empty();
    return given ? options_.last_epoch : sampler_.order(epoch);
  }

  std::vector<int64_t> indices_of(int64_t number) {
    const int64_t epoch = number / sampler_.batches_per_epoch();
    if (epoch != order_epoch_) order_ = order_of(epoch);
    order_epoch_ = epoch;
    const auto whole = sampler_.batch(order_, number % sampler_.batches_per_epoch());
    const size_t share = whole.size() / static_cast<size_t>(options_.parts);
    const auto own = whole.subspan(share * static_cast<size_t>(options_.part), share);
    return {own.begin(), own.end()};
  }

  void open_batch() {
    auto work = std::make_unique<Work>();
    work->epoch = opened_ / sampler_.batches_per_epoch();
    work->indices = indices_of(opened_);
    work->batch = pipeline_.allocate(work->indices, memory_);
    work->slices = work->left = pipeline_.slice_count(work->batch.indices.size(0));
    plan_.push_back(std::move(work));
    ++opened_;
  }

  bool all_given() const { return plan_.empty() || plan_.back()->given == plan_.back()->slices; }

  bool may_work() const {
    return stopped_ || failure_ || !all_given() ||
           (opened_ < total_ && opened_ < taken_ + options_.depth);
  }

  void work() noexcept {
    try {
      leave_torch_threads_alone();
      std::unique_lock lock(mutex_);
      for (;;) {
        work_.wait(lock, [this] { return may_work() || opened_ == total_; });
        if (stopped_ || failure_) return;
        if (all_given() && opened_ == total_) return;
        if (all_given()) open_batch();
        Work& work = *plan_.back();
        const int64_t slice = work.given++;
        lock.unlock();
        pipeline_.fill(work.batch, work.epoch, work.indices, slice);
        lock.lock();
        if (--work.left == 0) done_.notify_all();
      }
    } catch (...) {
      fail(std::current_exception());
    }
  }

  void fail(const std::exception_ptr& failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = failure;
    done_.notify_all();
    work_.notify_all();
  }

  const ViewPipeline& pipeline_;
  LoaderOptions options_;
  const Sampler sampler_;
  const int64_t total_;
  std::mutex mutex_;  ///< Guards what follows; threads_ belongs to the owner.
  std::condition_variable work_;
  std::condition_variable done_;
  ViewMemory memory_;
  std::deque<std::unique_ptr<Work>> plan_;
  std::vector<int64_t> order_;
  std::vector<int64_t> last_;  ///< Of the batch that was taken last.
  int64_t order_epoch_ = -1;
  int64_t opened_;  ///< Batches that were begun, those before the first among them.
  int64_t taken_;
  bool stopped_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

Loader::Loader(const ViewPipeline& pipeline, LoaderOptions options)
    : state_(std::make_unique<State>(pipeline, options)) {}
Loader::~Loader() = default;
int64_t Loader::total_batches() const { return state_->total(); }
Batch Loader::next() { return state_->next(); }
const std::vector<int64_t>& Loader::indices() const { return state_->indices(); }

}  // namespace sslx::data
