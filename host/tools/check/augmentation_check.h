// What `sslx plugins check` asks of an augmentation: that draws are a function of their stream
// alone, and images of images and draws alone.
#pragma once

#include "host/tools/check/lines.h"
#include "host/trial/trial_request.h"

namespace sslx::check {

/// On drawn images of so many channels and pixels a side.
void check_augmentation(const train::TrialRequest& request, int64_t channels, int64_t side,
                        Lines& lines);

}  // namespace sslx::check
