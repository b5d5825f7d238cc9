#include "host/sweep/sweep_file.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <optional>
#include <set>

#include "host/data/path_text.h"
#include "host/sweep/devices.h"
#include "host/sweep/keys.h"
#include "host/sweep/sections.h"
#include "host/sweep/toml_reader.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

constexpr size_t kMaxSeeds = 10'000;

std::vector<std::string> base_keys() { return key_names(section("base")); }

/// Of every scale, asked for or not.
void check_scales(const Config& scales) {
  for (const auto& [name, value] : scales.value.items()) {
    const Config scale = table_at(scales, name);
    check_section(scale, "scale.NAME", fmt::format("scale.{}", name));
    check_section(table_at(scale, "base"), "base", fmt::format("scale.{}.base", name));
  }
}

/// The parts of a scale that override: variants may be a table by name or a list with names.
Config scale_overrides(const Config& document, const std::string& scale) {
  const Config scales = table_at(document, "scale");
  check_scales(scales);
  if (scale.empty()) return {};
  std::vector<std::string> names;
  for (const auto& [name, value] : scales.value.items()) names.push_back(name);
  if (names.empty()) {
    throw input_error(fmt::format("{}: the sweep has no scales, so --scale {} means nothing",
                                  document.origin(""), scale));
  }
  check_key(scale, names, "scale", document.origin("scale"));
  return table_at(scales, scale);
}

std::vector<Variant> read_variants(const Config& document) {
  std::vector<Variant> out;
  const json list = document.value.value("variants", json::array());
  const Config tables = document.child("variants");
  std::set<std::string> names;
  for (size_t i = 0; i < list.size(); ++i) {
    Config config = table_at(tables, std::to_string(i));
    Variant variant{text_at(config, "name"), {}};
    if (variant.name.empty()) {
      throw input_error(config.origin("") + ": a variant has no name; it must have one");
    }
    if (!names.insert(variant.name).second) {
      throw input_error(fmt::format("{}: two variants are called '{}'; their names must differ",
                                    config.origin("name"), variant.name));
    }
    config.value.erase("name");
    check_section(config, "variants", fmt::format("variant '{}'", variant.name));
    variant.config = std::move(config);
    out.push_back(std::move(variant));
  }
  if (out.empty()) out.emplace_back();
  return out;
}

/// The variants of a scale, by name.
std::vector<Variant> read_scale_variants(const Config& scale) {
  const json variants = scale.value.value("variants", json::object());
  if (variants.is_array()) return variants.empty() ? std::vector<Variant>{} : read_variants(scale);
  std::vector<Variant> out;
  const Config tables = table_at(scale, "variants");
  for (const auto& [name, value] : tables.value.items()) {
    out.push_back({name, table_at(tables, name)});
    check_section(out.back().config, "base", fmt::format("variant '{}'", name));
  }
  return out;
}

void merge_scale_variants(SweepFile& sweep, const Config& scale) {
  std::vector<std::string> names;
  for (const Variant& variant : sweep.variants) names.push_back(variant.name);
  for (const Variant& over : read_scale_variants(scale)) {
    check_key(over.name, names, "the list of variants", over.config.origin(""));
    std::ranges::find(sweep.variants, over.name, &Variant::name)->config.merge(over.config);
  }
}

void check_axes(const std::vector<Axis>& axes) {
  for (const Axis& axis : axes) {
    for (const std::string& path : axis.paths) {
      check_key(path.substr(0, path.find('.')), base_keys(), "the configuration", axis.origin);
    }
  }
}

RunOptions read_run(const Config& document) {
  const Config table = table_at(document, "run");
  const Parameters run = resolve_section(table, "run");
  RunOptions out;
  out.device = run.choice("device");
  out.devices = text_at(table, "devices");
  out.per_device = static_cast<int>(run.integer("per_device"));
  if (const std::string fault = devices_fault(out.devices); !fault.empty()) {
    throw input_error(fmt::format("{}: {}", table.origin("devices"), fault));
  }
  out.threads = static_cast<int>(run.integer("threads"));
  out.view_workers = static_cast<int>(run.integer("view_workers"));
  out.jobs = static_cast<int>(run.integer("jobs"));
  out.time_limit = run.real("time_limit");
  out.stall_limit = run.real("stall_limit");
  out.checkpoint = run.real("checkpoint");
  return out;
}

std::string read_name(const Config& document, const std::filesystem::path& file) {
  const std::string name = text_at(document, "name");
  if (name.empty()) return data::path_text(file.stem());
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; };
  if (std::ranges::all_of(name, is_plain)) return name;
  throw input_error(fmt::format("{}: the name is \"{}\"; it must be letters, digits, _ and -",
                                document.origin("name"), name));
}

/// Nothing for what means no seeds.
std::optional<std::vector<uint64_t>> seeds_of(const json& value) {
  std::vector<uint64_t> out;
  if (value.is_number_integer()) {
    if (value < 1 || value > kMaxSeeds) return std::nullopt;
    for (uint64_t seed = 0; seed < value.get<uint64_t>(); ++seed) out.push_back(seed);
    return out;
  }
  if (!value.is_array() || value.empty() || value.size() > kMaxSeeds) return std::nullopt;
  std::set<uint64_t> seen;
  for (const json& seed : value) {
    if (!seed.is_number_integer() || seed < 0) return std::nullopt;
    out.push_back(seed.get<uint64_t>());
    if (!seen.insert(out.back()).second) return std::nullopt;
  }
  return out;
}

}  // namespace

std::vector<uint64_t> parse_seeds(const json& value, const std::string& where) {
  if (const auto seeds = seeds_of(value)) return *seeds;
  throw input_error(
      fmt::format("{}: 'seeds' is {}; it must be how many, 1 to 10000, as 3 for the seeds 0, 1 and "
                  "2, or a list "
                  "of different whole numbers from 0, as [4, 7]",
                  where, value.dump().substr(0, 60)));
}

std::vector<uint64_t> parse_seeds_option(const std::string& text, const std::string& option) {
  const bool bare = text.find(',') != std::string::npos && text.front() != '[';
  std::optional<std::vector<uint64_t>> seeds;
  try {
    seeds = seeds_of(parse_toml_value(bare ? "[" + text + "]" : text, option));
  } catch (const Error&) {
    // It is no value at all, which is told as a wrong one is.
  }
  if (seeds) return *seeds;
  throw input_error(fmt::format(
      "{0}{1}: it must be how many seeds, 1 to 10000, as {0}3 for 0, 1 and 2, or which, different "
      "whole numbers from 0, as {0}4,7",
      option, data::as_text(text)));
}

void apply_more_seeds(SweepFile& sweep, const std::string& given) {
  const std::string option = data::as_text(given);
  const size_t equals = option.find('=');
  std::vector<std::string> ids;
  for (const SweepClaim& claim : sweep.claims) ids.push_back(claim.id());
  const std::string id = option.substr(0, equals);
  if (equals == std::string::npos || std::ranges::count(ids, id) == 0) {
    throw input_error(fmt::format(
        "--more-seeds {}: it must be a claim of {} and the seeds, as {}=3,4; {}", option,
        data::path_text(sweep.file.filename()), ids.empty() ? "CLAIM" : ids.front(),
        ids.empty() ? "it has no claims" : fmt::format("its claims are {}", fmt::join(ids, ", "))));
  }
  sweep.more_seeds.push_back(
      {id, parse_seeds_option(option.substr(equals + 1), "--more-seeds " + id + "=")});
}

SweepFile parse_sweep(const Config& document, const std::filesystem::path& file,
                      const std::string& scale) {
  check_section(document, "file");
  const Config over = scale_overrides(document, scale);
  SweepFile out;
  out.file = file;
  out.scale = scale;
  for (const auto& [path, origin] : over.origins) out.scale_origins.insert(origin);
  out.name = read_name(document, file);
  out.title = text_at(document, "title");
  const Config& seeds = over.value.contains("seeds") ? over : document;
  out.seeds = parse_seeds(seeds.value.value("seeds", json::array({0})), seeds.origin("seeds"));
  out.base = table_at(document, "base");
  check_section(out.base, "base");
  if (over.value.contains("base")) out.base.merge(table_at(over, "base"));
  Config axes = table_at(document, "axes");
  if (over.value.contains("axes")) axes.merge(table_at(over, "axes"));
  out.axes = read_axes(axes);
  check_axes(out.axes);
  Config pairs = table_at(document, "pairs");
  if (over.value.contains("pairs")) pairs.merge(table_at(over, "pairs"));
  out.pairs = read_pairs(pairs);
  out.variants = read_variants(document);
  if (over.value.contains("variants")) merge_scale_variants(out, over);
  out.table = read_table_layout(table_at(document, "table"));
  out.claims = read_claims(document, out.table);
  out.run = read_run(document);
  return out;
}

SweepFile read_sweep_file(const std::filesystem::path& file, const std::string& scale) {
  return parse_sweep(read_toml(file), file, scale);
}

void apply_setting(SweepFile& sweep, const std::string& given) {
  const std::string setting = data::as_text(given);
  const size_t equals = setting.find('=');
  const std::string where = "--set " + setting;
  if (equals == std::string::npos || equals == 0) {
    throw input_error(where + ": this is no setting; it must be key=value, as train.epochs=5");
  }
  std::string key = setting.substr(0, equals);
  if (key.starts_with("base.")) key.erase(0, 5);
  const std::string text = setting.substr(equals + 1);
  const json value = holds_text(key) ? parse_text_value(text) : parse_toml_value(text, where);
  if (key.starts_with("pairs.") && !sweep.pairs.members.empty()) {
    sweep.pairs.table.set(key.substr(6), value, where);
    sweep.pairs = read_pairs(sweep.pairs.table);
    return;
  }
  check_key(key.substr(0, key.find('.')), base_keys(), "the configuration", where);
  std::erase_if(sweep.axes, [&](const Axis& axis) {
    return std::ranges::any_of(axis.paths, [&](const std::string& path) {
      return path == key || path.starts_with(key + ".");
    });
  });
  sweep.settings.push_back({key, value, where});
}

}  // namespace sslx::sweep
