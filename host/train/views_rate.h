// How fast a pipeline makes views: what `sslx bench views` measures.
#pragma once

#include "host/data/view_pipeline.h"

namespace sslx::train {

/// Views that `pipeline` makes in a second, in batches of `batch`: the median over the batches that
/// fill `seconds`, no fewer than five.
double views_a_second(const data::ViewPipeline& pipeline, int64_t batch, double seconds);

}  // namespace sslx::train
