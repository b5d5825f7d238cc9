// What a trial that gives no result says on standard error, which is its run's log (host.log): what
// went wrong, what its figures were, and where it was thrown.
#pragma once

#include <string>

#include "host/machine/stack.h"
#include "host/record/journal.h"

namespace sslx::train {

/// An empty stack is left out.
void log_failure(const std::string& message, const machine::Stack& stack, const Journal& journal);

}  // namespace sslx::train
