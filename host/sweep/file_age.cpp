#include "host/sweep/file_age.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <system_error>

namespace sslx::sweep {

namespace fs = std::filesystem;

fs::file_time_type now_in(const fs::path& folder) {
  std::string name = (folder / ".copy-now-XXXXXX").string();
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return fs::file_time_type::clock::now();
  close(descriptor);
  std::error_code error;
  const auto now = fs::last_write_time(name, error);
  unlink(name.c_str());
  return error ? fs::file_time_type::clock::now() : now;
}

bool is_old(const fs::path& file, fs::file_time_type now) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  return !error && now - written > std::chrono::hours(1);
}

}  // namespace sslx::sweep
