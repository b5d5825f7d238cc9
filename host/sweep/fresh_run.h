// A recorded run that is made again in a folder of its own. It lies beside the home's runs, not
// among them: nothing takes it for a run of the record. For reproduce.cpp and debug_run.cpp.
#pragma once

#include <filesystem>
#include <string>

#include "host/sweep/recorded_request.h"

namespace sslx::sweep {

/// A folder that goes with its owner, unless it is to be kept.
class FreshFolder {
 public:
  /// In `keep`, or in the home where that is empty.
  FreshFolder(const std::filesystem::path& home, const std::filesystem::path& keep,
              const std::string& id);
  FreshFolder(const FreshFolder&) = delete;
  FreshFolder& operator=(const FreshFolder&) = delete;
  ~FreshFolder();
  const std::filesystem::path& path() const { return folder_; }

 private:
  bool kept_;
  std::filesystem::path folder_;
};

/// Leaves the request in the folder, as what the host is to read. Its file.
std::filesystem::path write_request(RecordedRequest& recorded, const std::string& id,
                                    const FreshFolder& folder, const std::filesystem::path& host);

}  // namespace sslx::sweep
