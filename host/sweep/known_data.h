// Data sets whose sizes are known without their files: those of datasets.toml beside the published
// figures. With them a sweep is planned where its data are not, to be looked at and foretold; it is
// not run so.
#pragma once

#include <vector>

#include "host/sweep/data_lookup.h"

namespace sslx::sweep {

struct KnownData {
  std::string path;  ///< The last word of the path that it usually has.
  int64_t classes = 0;
  int64_t train = 0;  ///< Labelled images.
  int64_t test = 0;
  int64_t unlabelled = 0;
  data::ImageForm image;  ///< A side of 0: they differ.
  std::string source;
};

/// Of the folders' datasets.toml, an earlier folder's first. Throws Error(kInput), "file:line:
/// what; what would be right".
std::vector<KnownData> read_known_data(const std::vector<std::filesystem::path>& folders);

/// The data that are here, and in place of those that are not what is known of them.
class DataToBe : public DataFolder {
 public:
  explicit DataToBe(std::vector<KnownData> known) : all_(std::move(known)) {}

  std::string fingerprint(const nlohmann::json& config, const std::filesystem::path& path) override;
  std::string state(const nlohmann::json& config, const std::filesystem::path& path) override;
  std::optional<data::DataSizes> sizes(const nlohmann::json& config,
                                       const std::filesystem::path& path) override;
  std::string note(const nlohmann::json& config, const std::filesystem::path& path) override;

 private:
  const KnownData* stand_in(const nlohmann::json& config, const std::filesystem::path& path);

  std::vector<KnownData> all_;
  std::map<std::filesystem::path, const KnownData*> found_;
};

}  // namespace sslx::sweep
