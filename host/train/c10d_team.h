// A team of processes on one machine or several, by c10d: Gloo carries the tensors, c10d's Reducer
// shares the gradients while the backward pass runs.
#pragma once

#include <memory>

#include "host/processes/processes.h"
#include "host/train/team.h"

namespace sslx::train {

/// Connects to the others, for which it waits a minute; one alone where there are none. Throws what
/// c10d throws.
std::shared_ptr<Team> meet(const processes::Meeting& meeting);

}  // namespace sslx::train
