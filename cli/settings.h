// --set key=value of one plugin's parameters, and how they are written in a sweep file.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::cli {

/// The settings as one table; values are TOML's. Throws Error(kInput) that names the setting.
nlohmann::json read_settings(const std::vector<std::string>& settings);

/// "depth = 50", a line each.
std::string toml_lines(const nlohmann::json& table);

}  // namespace sslx::cli
