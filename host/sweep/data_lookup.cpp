#include "host/sweep/data_lookup.h"

#include "host/data/fingerprint.h"

namespace sslx::sweep {

using nlohmann::json;

json DataFolder::resolve(const json& table, const std::string& where) {
  return data::resolve_data_config(table, where);
}

bool DataFolder::available(const json& config, const std::filesystem::path& path) {
  return data::data_available(data::data_spec(config, path));
}

std::string DataFolder::fingerprint(const json& config, const std::filesystem::path& path) {
  std::string& known = known_[config.dump() + '\n' + path.string()];
  if (known.empty()) known = data::data_fingerprint(data::data_spec(config, path));
  return known;
}

}  // namespace sslx::sweep
