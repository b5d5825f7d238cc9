#include <sslx/backbone.h>

namespace sslx {

Backbone::~Backbone() = default;

}  // namespace sslx
