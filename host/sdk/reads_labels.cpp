#include <sslx/reads_labels.h>

namespace sslx {

ReadsLabels::~ReadsLabels() = default;

}  // namespace sslx
