// How fast papers say that they trained: what foretells a trial on a kind of device on which
// nothing like it is recorded (forecast.h): the [[rate]]s of rates.toml, beside the published
// figures.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sslx::sweep {

struct PublishedRate {
  std::string device;            ///< Part of the name of its kind: "V100".
  nlohmann::json method;         ///< The name, and what of the parameters it was measured with.
  nlohmann::json backbone;       ///< Likewise.
  int64_t pixels = 0;            ///< Side of the first view.
  double images_per_second = 0;  ///< Of one device.
  std::string source;            ///< "MoCo v2, arXiv:2003.04297, table 3"
};

/// What a kind of device computes of networks, where nothing is known of the very trial.
struct PublishedSpeed {
  std::string device;
  double multiply_adds_per_second = 0;
  std::string source;
};

/// The [[speed]]s of the folders' rates.toml, likewise.
std::vector<PublishedSpeed> read_published_speeds(
    const std::vector<std::filesystem::path>& folders);

/// Whether a device's name has the part in it, in whatever case.
bool has_in_name(std::string text, std::string part);

/// Of the folders' rates.toml, an earlier folder's first. Throws Error(kInput), "file:line: what;
/// what would be right".
std::vector<PublishedRate> read_published_rates(const std::vector<std::filesystem::path>& folders);

/// The first that is of the device, and of a trial of this configuration; null when none is.
const PublishedRate* published_rate(const std::vector<PublishedRate>& rates,
                                    const std::string& device, const nlohmann::json& config);

}  // namespace sslx::sweep
