// Images that cannot be read, counted over a whole data set against data.unreadable_limit. Damage
// behind a header shows only when a view needs what is damaged, in any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace sslx::data {

class Unreadable {
 public:
  /// `before` were found and left out when the data set was read.
  explicit Unreadable(int64_t limit, int64_t before = 0) : limit_(limit), count_(before) {}

  /// Counts the file, once. Throws DataError naming it when it is one more than the limit.
  void found(const std::filesystem::path& file, const std::string& why);
  int64_t count() const;
  bool has(const std::filesystem::path& file) const;
  /// "FILE: why" of each that found() counted since the last call.
  std::vector<std::string> news();

 private:
  mutable std::mutex mutex_;
  int64_t limit_;
  int64_t count_;
  std::map<std::filesystem::path, std::string> files_;
  std::vector<std::string> news_;
};

/// "FILE: why (3 unreadable in all, data.unreadable_limit is 2)"
std::string too_many_unreadable(const std::filesystem::path& file, const std::string& why,
                                int64_t count, int64_t limit);

}  // namespace sslx::data
