// A folder under runs/merged/ for what is in the making: on the same disk as the runs, and gone
// with its owner. Those of processes that were killed are removed by the next. Error(kSystem) when
// it cannot be made.
#pragma once

#include <filesystem>
#include <string>

namespace sslx::sweep {

class Staging {
 public:
  /// `purpose` is part of its name.
  Staging(const std::filesystem::path& runs, const std::string& purpose);
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging();
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace sslx::sweep
