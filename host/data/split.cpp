#include "host/data/split.h"

namespace sslx::train {

Split as_split(const data::ImageSet& set) { return {data::Images(set), torch::tensor(set.labels)}; }

}  // namespace sslx::train
