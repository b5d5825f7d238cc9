#include "host/sweep/stored_files.h"

namespace sslx::sweep {

namespace fs = std::filesystem;

Trial StoredFiles::kept(Trial trial) {
  for (PluginFile& plugin : trial.plugins) {
    fs::path& stored = files_[plugin.sha256];
    if (stored.empty()) stored = store_plugin(plugin, home_ / "runs" / "plugins");
    plugin.file = stored;
  }
  if (!trial.weights.sha256.empty()) {
    fs::path& stored = files_[trial.weights.sha256];
    if (stored.empty()) stored = WeightsStore(home_ / "weights").keep(trial.weights);
    trial.weights.file = stored;
  }
  return trial;
}

}  // namespace sslx::sweep
