#include "host/record/patience.h"

#include <sqlite3.h>
#include <unistd.h>

#include <thread>

namespace sslx::record {

void Patience::rule(sqlite3* handle) { sqlite3_busy_handler(handle, wait, this); }

int Patience::wait(void* self, int count) {
  auto& patience = *static_cast<Patience*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (count == 0) patience.begin_ = now;
  if (now - patience.begin_ >= patience.longest_) return 0;
  // Processes that began together do not look together for ever.
  std::this_thread::sleep_for(std::chrono::milliseconds(2 + (count + getpid()) % 7));
  return 1;
}

}  // namespace sslx::record
