#include "host/sweep/published_rates.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/sweep/keys.h"
#include "host/sweep/toml_reader.h"
#include "host/sweep/view_sources.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const std::vector<std::string> kTables{"rate", "speed"};

const std::vector<ParameterSpec>& numbers_of_rate() {
  static const std::vector<ParameterSpec> out{
      integer("pixels", 0, "side of the first view").between(0, 100'000),
      real("images_per_second", 0, "of one device").at_least(0)};
  return out;
}

const std::vector<Key>& keys_of_rate() {
  static const std::vector<Key> out{
      {"device", Holds::kText, "", "part of the name of its kind"},
      {"method", Holds::kTable, "", "its name, and what of its parameters"},
      {"backbone", Holds::kTable, "", "its name, and what of its parameters"},
      {"derived", Holds::kText, "", "how the rate follows from the paper's figures"},
      {"source", Holds::kText, "", "paper and table"}};
  return out;
}

PublishedRate read_rate(const Config& table) {
  const Parameters numbers =
      resolve_table(table, keys_of_rate(), numbers_of_rate(), "a published rate");
  PublishedRate out{text_at(table, "device"),          table_at(table, "method").value,
                    table_at(table, "backbone").value, numbers.integer("pixels"),
                    numbers.real("images_per_second"), text_at(table, "source")};
  const bool named = out.method.contains("name") && out.backbone.contains("name");
  if (!out.device.empty() && named && out.images_per_second > 0 && !out.source.empty()) return out;
  throw input_error(table.origin("") +
                    ": a published rate must have a device, a method and a backbone with their "
                    "names, images_per_second above 0, and its source");
}

/// Whether a method or backbone of a configuration is the wanted one: {"name", "parameters"}.
bool is_of(const json& one, const json& wanted) {
  const json parameters = one.value("parameters", json::object());
  return std::ranges::all_of(wanted.items(), [&](const auto& item) {
    const json& place = item.key() == "name" ? one : parameters;
    return place.value(item.key(), json()) == item.value();
  });
}

PublishedSpeed read_speed(const Config& table) {
  static const std::vector<ParameterSpec> numbers{
      real("multiply_adds_per_second", 0, "of one device").at_least(0)};
  const Parameters values = resolve_table(
      table,
      {{"device", Holds::kText, "", "part of the name of its kind"},
       {"derived", Holds::kText, "", "how the speed follows from the paper's figures"},
       {"source", Holds::kText, "", "paper and table"}},
      numbers, "a published speed");
  PublishedSpeed out{text_at(table, "device"), values.real("multiply_adds_per_second"),
                     text_at(table, "source")};
  if (!out.device.empty() && out.multiply_adds_per_second > 0 && !out.source.empty()) return out;
  throw input_error(table.origin("") +
                    ": a published speed must have a device, multiply_adds_per_second above 0, and "
                    "its source");
}

}  // namespace

bool has_in_name(std::string text, std::string part) {
  const auto lower = [](unsigned char c) { return static_cast<char>(std::tolower(c)); };
  std::ranges::transform(text, text.begin(), lower);
  std::ranges::transform(part, part.begin(), lower);
  return text.find(part) != std::string::npos;
}

std::vector<PublishedRate> read_published_rates(const std::vector<fs::path>& folders) {
  std::vector<PublishedRate> out;
  for (const Config& table : tables_of(folders, "rates.toml", "rate", kTables))
    out.push_back(read_rate(table));
  return out;
}

std::vector<PublishedSpeed> read_published_speeds(const std::vector<fs::path>& folders) {
  std::vector<PublishedSpeed> out;
  for (const Config& table : tables_of(folders, "rates.toml", "speed", kTables))
    out.push_back(read_speed(table));
  return out;
}

const PublishedRate* published_rate(const std::vector<PublishedRate>& rates,
                                    const std::string& device, const json& config) {
  const auto found = std::ranges::find_if(rates, [&](const PublishedRate& rate) {
    return has_in_name(device, rate.device) && is_of(config.at("method"), rate.method) &&
           is_of(config.at("backbone"), rate.backbone) &&
           crop_side(config.at("view").at(0)) == rate.pixels;
  });
  return found == rates.end() ? nullptr : &*found;
}

}  // namespace sslx::sweep
