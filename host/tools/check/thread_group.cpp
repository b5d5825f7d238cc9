#include "host/tools/check/thread_group.h"

#include <exception>
#include <memory>
#include <thread>

#include "host/train/collectives.h"

namespace sslx::check {
namespace {

using torch::Tensor;

/// One thread's end.
class ThreadCollectives : public train::Collectives {
 public:
  ThreadCollectives(Meeting& meeting, int64_t rank) : meeting_(meeting), rank_(rank) {}
  int64_t rank() const override { return rank_; }
  int64_t size() const override { return meeting_.size(); }
  std::vector<Tensor> exchange(const Tensor& mine) override {
    return meeting_.exchange(rank_, mine);
  }
  Tensor sum(const Tensor& mine) override { return meeting_.sum(rank_, mine); }
  Tensor of_gathered(const Tensor& outer) override { return meeting_.of_gathered(rank_, outer); }

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
        work(train::group_of(std::make_shared<ThreadCollectives>(meeting, rank)));
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
