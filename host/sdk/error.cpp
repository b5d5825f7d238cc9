#include <sslx/error.h>

namespace sslx {

Error::Error(ErrorKind kind, const std::string& message, std::string hint)
    : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

Error::~Error() = default;

int Error::exit_code() const {
  return kind_ == ErrorKind::kInput || kind_ == ErrorKind::kPlugin ? 2 : 1;
}

Error input_error(const std::string& message, std::string hint) {
  return Error(ErrorKind::kInput, message, std::move(hint));
}

}  // namespace sslx
