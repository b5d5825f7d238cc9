// What `sslx plugins check` asks of a method, on a few steps of a small trial.
#pragma once

#include "host/tools/check/lines.h"
#include "host/trial/trial_request.h"

namespace sslx::check {

/// Throws what making the method throws: it cannot be checked on this trial then.
void check_method(const train::TrialRequest& trial, Lines& lines);

}  // namespace sslx::check
