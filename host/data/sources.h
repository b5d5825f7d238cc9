// Operations on a part of an image's channels: what a data set with several views of a scene needs
// (dataset.h, Source). A view takes one of them; an operation may be for one alone.
#pragma once

#include <sslx/augmentation.h>

#include <memory>
#include <string>
#include <vector>

#include "host/data/dataset.h"

namespace sslx::data {

/// Neighbouring channels.
struct ChannelRange {
  int64_t first = 0;
  int64_t count = 0;
};

/// Where the view `name` lies among an image's channels; throws Error(kInput) for an unknown one.
ChannelRange range_of_source(const std::vector<Source>& sources, const std::string& name);

/// Keeps these channels, in this order.
std::shared_ptr<Augmentation> take_channels(std::vector<ChannelRange> ranges);

/// `operation` on these channels alone; the others stay where they are around its result.
std::shared_ptr<Augmentation> on_channels(std::shared_ptr<Augmentation> operation,
                                          ChannelRange range);

}  // namespace sslx::data
