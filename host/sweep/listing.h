// The names in a folder that changes, for many questions: it is listed again after a while, and
// never so often that it takes more than a small part of the time.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_set>

namespace sslx::sweep {

class Listing {
 public:
  /// `key_of` makes what is asked for of a file's name.
  Listing(std::filesystem::path folder, std::chrono::milliseconds least,
          std::function<std::string(const std::string&)> key_of = {});

  /// As of a moment ago, `least` or more.
  bool contains(const std::string& key);

 private:
  using Clock = std::chrono::steady_clock;

  void list();

  std::filesystem::path folder_;
  std::chrono::milliseconds least_;
  std::function<std::string(const std::string&)> key_of_;
  std::unordered_set<std::string> keys_;
  Clock::time_point next_ = {};
};

}  // namespace sslx::sweep
