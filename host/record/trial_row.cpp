#include "host/record/trial_row.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include "host/record/runs.h"
#include "host/record/sql.h"

namespace sslx::record {

using nlohmann::json;

std::string training_text(const json& config) {
  json trained = json::object();
  for (const auto& [key, value] : config.items()) {
    if (key != "evaluate") trained[key] = value;
  }
  if (trained.contains("data") && trained["data"].is_object()) {
    trained["data"].erase("test_per_class");
  }
  return text_of(trained);
}

std::string training_identity_of_text(const std::string& text, uint64_t seed) {
  return sha256_hex(fmt::format(R"({{"seed":{},"training":{}}})", seed, text));
}

std::string training_identity(const json& config, uint64_t seed) {
  return training_identity_of_text(training_text(config), seed);
}

void put_trial(Connection& handle, const std::string& identity, const json& config, uint64_t seed,
               const std::string& time) {
  SQLite::Statement& there =
      handle.prepared("SELECT 1 FROM trial WHERE identity = ? AND created <= ?");
  bind_all(there, identity, time);
  if (Rows(there).next()) return;
  const auto text = [&](const char* pointer) {
    const json::json_pointer at(pointer);
    return config.contains(at) && config[at].is_string() ? config[at].get<std::string>()
                                                         : std::string();
  };
  run_sql(handle,
          "INSERT INTO trial (identity, config, config_digest, seed, data, data_fingerprint, "
          "method, backbone, created, training) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (identity) DO UPDATE SET created = excluded.created "
          "WHERE excluded.created < created",
          identity, config, sha256_hex(text_of(config)), static_cast<int64_t>(seed),
          text("/data/name"), text("/data/fingerprint"), text("/method/name"),
          text("/backbone/name"), time, training_identity(config, seed));
}

}  // namespace sslx::record
