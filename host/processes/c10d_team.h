// A team of processes on one machine or several, by c10d: Gloo carries the tensors, c10d's Reducer
// shares the gradients while the backward pass runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "host/train/team.h"

namespace sslx::processes {

/// Where the processes meet.
struct Meeting {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  int listener = -1;  ///< Of the first process: a socket that listens there already.
  int64_t rank = 0;
  int64_t size = 1;
};

/// Connects to the others, for which it waits a minute. Throws what c10d throws.
std::shared_ptr<train::Team> meet(const Meeting& meeting);

}  // namespace sslx::processes
