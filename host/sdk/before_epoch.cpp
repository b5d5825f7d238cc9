#include <sslx/before_epoch.h>

namespace sslx {

BeforeEpoch::~BeforeEpoch() = default;

}  // namespace sslx
