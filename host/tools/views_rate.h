// How fast a pipeline makes views: what `sslx bench views` measures.
#pragma once

#include <functional>
#include <vector>

#include "host/data/view_pipeline.h"

namespace sslx::train {

/// The upper median of values, of which there is one at least.
double median(std::vector<double> values);

/// Views that `pipeline` makes in a second, in batches of `batch`: the median over the batches that
/// fill `seconds`, no fewer than five.
double views_a_second(const data::ViewPipeline& pipeline, int64_t batch, double seconds);

/// The same when no image was read before: each of `rounds` makes all views of a new pipeline.
double first_views_a_second(const std::function<data::ViewPipeline()>& pipeline, int rounds);

}  // namespace sslx::train
