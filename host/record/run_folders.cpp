#include "host/record/run_folders.h"

#include <algorithm>

namespace sslx::record {

namespace fs = std::filesystem;

std::vector<fs::path> run_folders(const fs::path& runs) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(runs, error), end; !error && at != end; at.increment(error)) {
    std::error_code missing;
    const fs::path request = at->path() / "request.json";
    if (fs::is_regular_file(fs::symlink_status(request, missing))) out.push_back(at->path());
  }
  std::ranges::sort(out);
  return out;
}

}  // namespace sslx::record
