// What one call of torch's operations takes of this thread: its time, and the most memory that
// tensors held.
#pragma once

#include <functional>

namespace sslx::train {

struct Cost {
  double seconds = 0;
  double bytes = 0;  ///< The most that tensors in the machine's memory held at a time.
};

/// Of one call.
Cost measured(const std::function<void()>& call);

}  // namespace sslx::train
