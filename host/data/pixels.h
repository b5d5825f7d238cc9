// The bytes of a data set's images: shared, never changed, in memory of their own or mapped from a
// file, in which case every process that maps it has the same memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sslx::data {

class Pixels {
 public:
  Pixels() = default;
  /// Takes the bytes.
  Pixels(std::vector<uint8_t> bytes) {  // NOLINT(google-explicit-constructor): a loader's result
    auto owner = std::make_shared<const std::vector<uint8_t>>(std::move(bytes));
    bytes_ = *owner;
    owner_ = std::move(owner);
  }
  /// Bytes that live as long as `owner`.
  Pixels(std::span<const uint8_t> bytes, std::shared_ptr<const void> owner)
      : bytes_(bytes), owner_(std::move(owner)) {}

  const uint8_t* data() const { return bytes_.data(); }
  size_t size() const { return bytes_.size(); }
  uint8_t operator[](size_t i) const { return bytes_[i]; }
  auto begin() const { return bytes_.begin(); }
  auto end() const { return bytes_.end(); }
  /// What keeps the bytes alive.
  const std::shared_ptr<const void>& owner() const { return owner_; }

  friend bool operator==(const Pixels& a, const Pixels& b) { return std::ranges::equal(a, b); }

 private:
  std::span<const uint8_t> bytes_;
  std::shared_ptr<const void> owner_;
};

}  // namespace sslx::data
