// The emulated processes of host/tools/check/thread_group.h, and what a wrong collective makes of
// them.
#pragma once

#include <functional>
#include <memory>

#include "host/tools/check/thread_group.h"

namespace sslx::test {

/// What a wrong collective does with the gradient of the rows that it gathered.
enum class Fault {
  kNone,
  kOnlyOwn,    ///< Leaves out what the other processes have for them.
  kTimesSize,  ///< Counts it once a process.
};

class FaultyMeeting : public check::Meeting {
 public:
  FaultyMeeting(int64_t size, Fault fault) : Meeting(size), fault_(fault) {}

  torch::Tensor of_gathered(int64_t rank, const torch::Tensor& outer) override {
    const torch::Tensor right = Meeting::of_gathered(rank, outer);
    if (fault_ == Fault::kTimesSize) return right * size();
    return fault_ == Fault::kOnlyOwn ? outer.chunk(size())[static_cast<size_t>(rank)] : right;
  }

 private:
  Fault fault_;
};

/// Runs `work` in `size` threads at once, each with its group; rethrows what one of them threw.
inline void run_in_group(int64_t size, Fault fault, const std::function<void(Group&)>& work) {
  FaultyMeeting meeting(size, fault);
  check::run_in_group(meeting, [&](const std::shared_ptr<Group>& group) { work(*group); });
}

}  // namespace sslx::test
