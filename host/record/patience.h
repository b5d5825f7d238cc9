// How a connection waits for a database that others have locked: it looks again after a few
// milliseconds, however long it has waited. SQLite's own way grows to a tenth of a second, so that
// of several writers those that came last go first, and one can wait for many seconds.
#pragma once

#include <chrono>

struct sqlite3;

namespace sslx::record {

class Patience {
 public:
  explicit Patience(int milliseconds) : longest_(milliseconds) {}
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  /// For as long as the connection is open, which this must outlive.
  void rule(sqlite3* handle);
  void set(int milliseconds) { longest_ = std::chrono::milliseconds(milliseconds); }

 private:
  static int wait(void* self, int count);

  std::chrono::milliseconds longest_;
  std::chrono::steady_clock::time_point begin_{};
};

}  // namespace sslx::record
