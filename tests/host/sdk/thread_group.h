// Several processes emulated by as many threads: a Group whose gather and sum meet at a barrier,
// forwards and backwards, as collectives do.
#pragma once

#include <sslx/group.h>
#include <sslx/torch.h>

#include <barrier>
#include <exception>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace sslx::test {

/// What a wrong collective does with the gradient of the rows that it gathered.
enum class Fault {
  kNone,
  kOnlyOwn,    ///< Leaves out what the other processes have for them.
  kTimesSize,  ///< Counts it once a process.
};

/// Where the threads exchange tensors.
class Meeting {
 public:
  Meeting(int64_t size, Fault wrong) : fault(wrong), places_(size), barrier_(size) {}

  std::vector<torch::Tensor> exchange(int64_t rank, const torch::Tensor& mine) {
    places_[static_cast<size_t>(rank)] = mine.detach();
    barrier_.arrive_and_wait();
    std::vector<torch::Tensor> all = places_;
    barrier_.arrive_and_wait();
    return all;
  }
  torch::Tensor sum(int64_t rank, const torch::Tensor& mine) {
    return torch::stack(exchange(rank, mine)).sum(0);
  }
  void leave() { barrier_.arrive_and_drop(); }
  int64_t size() const { return static_cast<int64_t>(places_.size()); }

  const Fault fault;

 private:
  std::vector<torch::Tensor> places_;
  std::barrier<> barrier_;
};

using Context = torch::autograd::AutogradContext;

class GatherRows : public torch::autograd::Function<GatherRows> {
 public:
  static torch::Tensor forward(Context* context, const torch::Tensor& rows, Meeting* meeting,
                               int64_t rank) {
    context->saved_data["meeting"] = reinterpret_cast<int64_t>(meeting);
    context->saved_data["rank"] = rank;
    return torch::cat(meeting->exchange(rank, rows));
  }
  static std::vector<torch::Tensor> backward(Context* context,
                                             const std::vector<torch::Tensor>& outer) {
    auto* meeting = reinterpret_cast<Meeting*>(context->saved_data["meeting"].toInt());
    const int64_t rank = context->saved_data["rank"].toInt();
    const torch::Tensor all = meeting->sum(rank, outer[0]);
    const torch::Tensor& taken = meeting->fault == Fault::kOnlyOwn ? outer[0] : all;
    const torch::Tensor own = taken.chunk(meeting->size())[static_cast<size_t>(rank)];
    const bool counted_often = meeting->fault == Fault::kTimesSize;
    return {counted_often ? own * meeting->size() : own, {}, {}};
  }
};

class SumValues : public torch::autograd::Function<SumValues> {
 public:
  static torch::Tensor forward(Context* context, const torch::Tensor& values, Meeting* meeting,
                               int64_t rank) {
    context->saved_data["meeting"] = reinterpret_cast<int64_t>(meeting);
    context->saved_data["rank"] = rank;
    return meeting->sum(rank, values);
  }
  static std::vector<torch::Tensor> backward(Context* context,
                                             const std::vector<torch::Tensor>& outer) {
    auto* meeting = reinterpret_cast<Meeting*>(context->saved_data["meeting"].toInt());
    return {meeting->sum(context->saved_data["rank"].toInt(), outer[0]), {}, {}};
  }
};

class ThreadGroup : public Group {
 public:
  ThreadGroup(Meeting& meeting, int64_t rank) : meeting_(meeting), rank_(rank) {}
  int64_t rank() const override { return rank_; }
  int64_t size() const override { return meeting_.size(); }
  torch::Tensor gather(const torch::Tensor& rows) override {
    return GatherRows::apply(rows, &meeting_, rank_);
  }
  torch::Tensor sum(const torch::Tensor& values) override {
    return SumValues::apply(values, &meeting_, rank_);
  }

 private:
  Meeting& meeting_;
  int64_t rank_;
};

/// Runs `work` in `size` threads at once, each with its group; rethrows what one of them threw.
inline void run_in_group(int64_t size, Fault fault, const std::function<void(Group&)>& work) {
  Meeting meeting(size, fault);
  std::vector<std::exception_ptr> failures(static_cast<size_t>(size));
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < size; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadGroup group(meeting, rank);
      try {
        work(group);
      } catch (...) {
        failures[static_cast<size_t>(rank)] = std::current_exception();
        meeting.leave();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace sslx::test
