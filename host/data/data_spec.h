// Which data set a trial reads: the [data] table, checked and with its defaults filled in. Where
// the files lie is no part of it, since the same content elsewhere is the same data.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace sslx::data {

struct DataSpec {
  std::string name;  ///< "fashion-mnist", "idx", "cifar10", "cifar100", "stl10", "folder",
                     ///< "images", "pack", "shapes"
  std::filesystem::path path;  ///< The folder of the files, or the pack; empty where the name
                               ///< implies it.
  nlohmann::json options;      ///< Every option of that data set, resolved.
  std::string planned = {};    ///< What data_state() said when a sweep was planned; or empty.

  /// Image files: with labels by their folders ("folder"), or without ("images").
  bool is_files() const { return name == "folder" || name == "images"; }
  /// Training images of each class that stand for the test images.
  int64_t held_out() const { return options.value("held_out_per_class", int64_t{0}); }
  int64_t integer(const char* option) const { return options.at(option).get<int64_t>(); }
  std::string choice(const char* option) const { return options.at(option).get<std::string>(); }
};

/// The table with its defaults, without "path", "fallback" and "fingerprint". Throws Error(kInput),
/// beginning with `where`, for an unknown data set or option (naming the nearest) or a wrong value.
nlohmann::json resolve_data_config(const nlohmann::json& data_table, const std::string& where);

/// The specification of a resolved table; an empty `path` means the data set's usual place.
DataSpec data_spec(const nlohmann::json& data_config, const std::filesystem::path& path);

}  // namespace sslx::data
