// What resolving a trial asks about its data: defaults, presence, fingerprint. A seam, so that
// tests need no data; the real one asks host/data and digests each data set once.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "host/data/fingerprint.h"

namespace sslx::sweep {

class DataLookup {
 public:
  virtual ~DataLookup() = default;
  /// The data table with its defaults; Error(kInput) for unknown keys, beginning with `where`.
  virtual nlohmann::json resolve(const nlohmann::json& table, const std::string& where) = 0;
  virtual bool available(const nlohmann::json& config, const std::filesystem::path& path) = 0;
  /// SHA-256 of the content; Error(kInput) when it is not there.
  virtual std::string fingerprint(const nlohmann::json& config,
                                  const std::filesystem::path& path) = 0;
  /// Of the files that fingerprint() read (host/data/data_state.h); empty where it is not known.
  virtual std::string state(const nlohmann::json& /*config*/,
                            const std::filesystem::path& /*path*/) {
    return "";
  }
  /// How many images there are; nothing where it is not known.
  virtual std::optional<data::DataSizes> sizes(const nlohmann::json& /*config*/,
                                               const std::filesystem::path& /*path*/) {
    return std::nullopt;
  }
  /// What a plan must say of it, or empty.
  virtual std::string note(const nlohmann::json& /*config*/,
                           const std::filesystem::path& /*path*/) {
    return "";
  }
};

class DataFolder : public DataLookup {
 public:
  nlohmann::json resolve(const nlohmann::json& table, const std::string& where) override;
  bool available(const nlohmann::json& config, const std::filesystem::path& path) override;
  std::string fingerprint(const nlohmann::json& config, const std::filesystem::path& path) override;
  std::string state(const nlohmann::json& config, const std::filesystem::path& path) override;
  std::optional<data::DataSizes> sizes(const nlohmann::json& config,
                                       const std::filesystem::path& path) override;

 private:
  const data::DataIdentity& identity(const nlohmann::json& config,
                                     const std::filesystem::path& path);

  std::map<std::string, data::DataIdentity> known_;
};

}  // namespace sslx::sweep
