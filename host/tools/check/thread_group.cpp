#include "host/tools/check/thread_group.h"

#include <exception>
#include <memory>
#include <thread>

namespace sslx::check {
namespace {

using Context = torch::autograd::AutogradContext;
using torch::Tensor;

struct Place {
  Meeting* meeting;
  int64_t rank;
};

void keep(Context* context, const Place& place) {
  context->saved_data["meeting"] = reinterpret_cast<int64_t>(place.meeting);
  context->saved_data["rank"] = place.rank;
}

Place kept(Context* context) {
  return {reinterpret_cast<Meeting*>(context->saved_data["meeting"].toInt()),
          context->saved_data["rank"].toInt()};
}

class GatherRows : public torch::autograd::Function<GatherRows> {
 public:
  static Tensor forward(Context* context, const Tensor& rows, Meeting* meeting, int64_t rank) {
    keep(context, {meeting, rank});
    return torch::cat(meeting->exchange(rank, rows));
  }
  static std::vector<Tensor> backward(Context* context, const std::vector<Tensor>& outer) {
    const Place place = kept(context);
    return {place.meeting->of_gathered(place.rank, outer[0]), {}, {}};
  }
};

class SumValues : public torch::autograd::Function<SumValues> {
 public:
  static Tensor forward(Context* context, const Tensor& values, Meeting* meeting, int64_t rank) {
    keep(context, {meeting, rank});
    return meeting->sum(rank, values);
  }
  static std::vector<Tensor> backward(Context* context, const std::vector<Tensor>& outer) {
    const Place place = kept(context);
    return {place.meeting->sum(place.rank, outer[0]), {}, {}};
  }
};

class ThreadGroup : public Group {
 public:
  ThreadGroup(Meeting& meeting, int64_t rank) : meeting_(meeting), rank_(rank) {}
  int64_t rank() const override { return rank_; }
  int64_t size() const override { return meeting_.size(); }
  Tensor gather(const Tensor& rows) override { return GatherRows::apply(rows, &meeting_, rank_); }
  Tensor sum(const Tensor& values) override { return SumValues::apply(values, &meeting_, rank_); }

 private:
  Meeting& meeting_;
  int64_t rank_;
};

}  // namespace

std::vector<Tensor> Meeting::exchange(int64_t rank, const Tensor& mine) {
  places_[static_cast<size_t>(rank)] = mine.detach();
  barrier_.arrive_and_wait();
  std::vector<Tensor> all = places_;
  barrier_.arrive_and_wait();
  return all;
}

Tensor Meeting::sum(int64_t rank, const Tensor& mine) {
  return torch::stack(exchange(rank, mine)).sum(0);
}

Tensor Meeting::of_gathered(int64_t rank, const Tensor& outer) {
  return sum(rank, outer).chunk(size())[static_cast<size_t>(rank)];
}

void run_in_group(Meeting& meeting, const std::function<void(std::shared_ptr<Group>)>& work) {
  std::vector<std::exception_ptr> failures(static_cast<size_t>(meeting.size()));
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < meeting.size(); ++rank) {
    threads.emplace_back([&, rank] {
      try {
        work(std::make_shared<ThreadGroup>(meeting, rank));
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

}  // namespace sslx::check
