#include "host/sweep/fresh_run.h"

#include <sslx/detail/digest.h>

#include "host/data/path_text.h"
#include "host/sweep/run_directory.h"

namespace sslx::sweep {

namespace fs = std::filesystem;

FreshFolder::FreshFolder(const fs::path& home, const fs::path& keep, const std::string& id)
    : kept_(!keep.empty()), folder_(fs::absolute(kept_ ? keep : home / "reproduced") / id) {
  make_folder(folder_);
}

FreshFolder::~FreshFolder() {
  std::error_code stays;
  if (kept_) return;
  fs::remove_all(folder_, stays);
  fs::remove(folder_.parent_path(), stays);  // unless another command has one in it
}

fs::path write_request(RecordedRequest& recorded, const std::string& id, const FreshFolder& folder,
                       const fs::path& host) {
  recorded.request.update({{"run", id},
                           {"directory", data::path_text(folder.path())},
                           {"host_sha256", sha256_file(host)}});
  fs::path file = folder.path() / "request.json";
  write_durably(file, recorded.request.dump() + '\n');
  return file;
}

}  // namespace sslx::sweep
