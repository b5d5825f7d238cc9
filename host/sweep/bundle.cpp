#include "host/sweep/bundle.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <set>

#include "host/record/sweep_part.h"
#include "host/sweep/archive.h"
#include "host/sweep/run_copy.h"
#include "host/sweep/run_directory.h"
#include "host/sweep/staging.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

class Bundle {
 public:
  Bundle(record::Database& database, const BundleOptions& options)
      : options_(options), staging_(options.home / "runs", "bundle") {
    const fs::path copy = staging_.folder() / "record.db";
    record::copy_database(database.file(), copy);
    part_ = record::keep_sweep(copy, options.sweep);
    add("record.db", copy);
  }

  BundleSummary make() {
    add_sweep_files();
    for (const record::RunPlace& run : part_.runs) add_run(run);
    for (const std::string& sha256 : part_.plugins) add_plugin(sha256);
    if (options_.weights) {
      for (const std::string& sha256 : part_.weights) add_weights(sha256);
    }
    write();
    out_.runs = part_.runs.size();
    out_.files = files_.size();
    return std::move(out_);
  }

 private:
  void add(const std::string& name, const fs::path& file) {
    const uint64_t bytes = fs::file_size(file);
    manifest_.push_back({{"path", name}, {"bytes", bytes}, {"sha256", sha256_file(file)}});
    files_.emplace_back(name, file);
    out_.bytes += bytes;
  }

  void add_sweep_files() {
    for (const auto& [number, text] : part_.texts) {
      const std::string name = fmt::format("{}.toml", number);
      write_durably(staging_.folder() / name, text);
      add("sweeps/" + name, staging_.folder() / name);
    }
  }

  void add_run(const record::RunPlace& run) {
    fs::path folder = options_.home / "runs" / run.id;
    if (!is_plain_file(folder / "request.json")) folder = run.directory;
    if (!is_plain_file(folder / "request.json") || !is_plain_file(folder / "exit.json")) {
      out_.notes.push_back(
          fmt::format("run {} has no folder; the record alone goes with it", run.id));
      return;
    }
    for (const std::string& name : files_of_run(folder, options_.weights)) {
      add(fmt::format("runs/{}/{}", run.id, name), folder / name);
    }
  }

  void add_plugin(const std::string& sha256) {
    const fs::path file = options_.home / "runs" / "plugins" / (sha256 + ".so");
    if (!is_plain_file(file)) {
      out_.notes.push_back(fmt::format("the plugin {} is not there", file.string()));
      return;
    }
    add(fmt::format("plugins/{}.so", sha256), file);
    ++out_.plugins;
  }

  void add_weights(const std::string& sha256) {
    const fs::path file = options_.home / "weights" / (sha256 + ".safetensors");
    if (is_plain_file(file)) return add(fmt::format("weights/{}.safetensors", sha256), file);
    out_.notes.push_back(fmt::format("the weights {} are not there", file.string()));
  }

  void write() const {
    const fs::path temporary = options_.file.string() + ".tmp";
    try {
      ArchiveWriter archive(temporary);
      const json manifest{
          {"bundle", 1}, {"sweep", options_.sweep}, {"made", utc_now()}, {"files", manifest_}};
      archive.add("manifest.json", manifest.dump(1) + '\n');
      for (const auto& [name, file] : files_) archive.add_file(name, file);
      archive.finish();
      fs::rename(temporary, options_.file);
    } catch (...) {
      std::error_code stays;
      fs::remove(temporary, stays);
      throw;
    }
  }

  const BundleOptions& options_;
  Staging staging_;
  record::SweepPart part_;
  json manifest_ = json::array();
  std::vector<std::pair<std::string, fs::path>> files_;
  BundleSummary out_;
};

}  // namespace

BundleSummary make_bundle(record::Database& database, const BundleOptions& options) {
  if (fs::exists(fs::symlink_status(options.file))) {
    throw input_error(fmt::format("{} is there already", options.file.string()),
                      "choose another name, or remove it");
  }
  return Bundle(database, options).make();
}

}  // namespace sslx::sweep
