// One part of a data set as tensors.
#pragma once

#include <torch/torch.h>

#include "host/data/dataset.h"

namespace sslx::train {

struct Split {
  torch::Tensor images;  ///< [N, C, H, W] uint8
  torch::Tensor labels;  ///< [N] int64, -1 where there is none
};

/// The images are the set's own bytes, kept alive: nobody may write into them, and of a mapped pack
/// nobody can.
Split as_split(const data::ImageSet& set);

}  // namespace sslx::train
