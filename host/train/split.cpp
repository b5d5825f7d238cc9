#include "host/train/split.h"

namespace sslx::train {

Split as_split(const data::ImageSet& set) {
  const auto options = torch::TensorOptions(torch::kUInt8);
  const torch::Tensor images =
      torch::from_blob(const_cast<uint8_t*>(set.pixels.data()),
                       {set.size(), set.channels, set.height, set.width}, options);
  return {images.clone(), torch::tensor(set.labels)};
}

}  // namespace sslx::train
