#include "cli/settings.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include "host/data/path_text.h"
#include "host/sweep/toml_reader.h"

namespace sslx::cli {

using nlohmann::json;

json read_settings(const std::vector<std::string>& settings) {
  json out = json::object();
  for (const std::string& given : settings) {
    const std::string setting = data::as_text(given);
    const size_t equals = setting.find('=');
    const std::string where = "--set " + setting;
    if (equals == std::string::npos || equals == 0) {
      throw input_error(where + ": this is no setting; it must be key=value, as width=64");
    }
    out[setting.substr(0, equals)] = sweep::parse_toml_value(setting.substr(equals + 1), where);
  }
  return out;
}

std::string toml_lines(const json& table) {
  std::string out;
  // Numbers, texts, truths and lists of them are written in TOML as in JSON.
  for (const auto& [key, value] : table.items()) out += fmt::format("{} = {}\n", key, value.dump());
  return out;
}

}  // namespace sslx::cli
