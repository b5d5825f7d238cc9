#include "host/sweep/data_lookup.h"

namespace sslx::sweep {

using nlohmann::json;

json DataFolder::resolve(const json& table, const std::string& where) {
  return data::resolve_data_config(table, where);
}

bool DataFolder::available(const json& config, const std::filesystem::path& path) {
  return data::data_available(data::data_spec(config, path));
}

const data::DataIdentity& DataFolder::identity(const json& config,
                                               const std::filesystem::path& path) {
  data::DataIdentity& known = known_[config.dump() + '\n' + path.string()];
  if (known.fingerprint.empty()) known = data::data_identity(data::data_spec(config, path));
  return known;
}

std::string DataFolder::fingerprint(const json& config, const std::filesystem::path& path) {
  return identity(config, path).fingerprint;
}

std::string DataFolder::state(const json& config, const std::filesystem::path& path) {
  return identity(config, path).state;
}

std::optional<data::DataSizes> DataFolder::sizes(const json& config,
                                                 const std::filesystem::path& path) {
  return identity(config, path).sizes;
}

}  // namespace sslx::sweep
