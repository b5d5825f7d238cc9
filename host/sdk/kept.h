// A number that a method keeps between steps: how many it has done, how often it has drawn. It is a
// buffer, so that a saved method goes on with it; read through this it costs no step a wait for a
// GPU, on which the buffer lies like all others.
#pragma once

#include <sslx/torch_base.h>

#include <utility>

namespace sslx {

/// T is int64_t, of a buffer of that type, or double.
template <typename T>
class Kept {
 public:
  Kept() = default;
  /// `buffer`: a scalar [] that a module has registered.
  explicit Kept(torch::Tensor buffer) : buffer_(std::move(buffer)) {}

  /// Reads the buffer only when somebody else wrote it, as loading a state does.
  T value() const {
    if (!known_ || version_ != buffer_._version()) remember(buffer_.item<T>());
    return value_;
  }

  void set(T value) {
    const torch::NoGradGuard guard;
    buffer_.fill_(value);
    remember(value);
  }
  void add(T more) { set(value() + more); }

 private:
  void remember(T value) const {
    value_ = value;
    version_ = buffer_._version();
    known_ = true;
  }

  torch::Tensor buffer_;
  mutable T value_ = 0;
  mutable int64_t version_ = 0;
  mutable bool known_ = false;
};

}  // namespace sslx
