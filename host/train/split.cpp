#include "host/train/split.h"

namespace sslx::train {

Split as_split(const data::ImageSet& set) {
  const torch::Tensor images = torch::from_blob(
      const_cast<uint8_t*>(set.pixels.data()), {set.size(), set.channels, set.height, set.width},
      [owner = set.pixels.owner()](void*) {}, torch::kUInt8);
  return {images, torch::tensor(set.labels)};
}

}  // namespace sslx::train
