// What is wrong with the data, whoever asked for them: no method, augmentation or probe is to blame
// for it, so its message goes past the edges that would name one (host/data/guarded.h).
#pragma once

#include <sslx/error.h>

namespace sslx::data {

class DataError : public Error {
 public:
  explicit DataError(const std::string& message, const std::string& hint = "")
      : Error(ErrorKind::kInput, message, hint) {}
};

}  // namespace sslx::data
