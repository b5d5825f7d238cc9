// One part of a data set as tensors.
#pragma once

#include <sslx/torch_base.h>

#include "host/data/images.h"

namespace sslx::train {

struct Split {
  data::Images images;
  torch::Tensor labels;  ///< [N] int64, -1 where there is none
};

/// The images are the set's own.
Split as_split(const data::ImageSet& set);

}  // namespace sslx::train
