// What `sslx plugins check` asks of a backbone.
#pragma once

#include "host/tools/check/lines.h"
#include "host/trial/trial_request.h"

namespace sslx::check {

/// On random images of so many channels and pixels a side.
void check_backbone(const train::TrialRequest& request, int64_t channels, int64_t side,
                    Lines& lines);

}  // namespace sslx::check
