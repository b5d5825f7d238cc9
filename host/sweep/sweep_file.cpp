#include "host/sweep/sweep_file.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <set>

#include "host/data/path_text.h"
#include "host/sweep/builtin_schema.h"
#include "host/sweep/keys.h"
#include "host/sweep/toml_reader.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

const std::vector<std::string> kTopKeys{"name",  "title",    "seeds", "base",  "axes",
                                        "pairs", "variants", "scale", "table", "run"};

/// The parts of a scale that override: variants may be a table by name or a list with names.
Config scale_overrides(const Config& document, const std::string& scale) {
  const Config scales = table_at(document, "scale");
  for (const auto& [name, value] : scales.value.items()) {
    check_keys(table_at(scales, name), {"base", "axes", "pairs", "seeds", "variants"},
               fmt::format("scale.{}", name));
  }
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
  if (!list.is_array()) {
    throw input_error(document.origin("variants") + ": variants must be a list, as [[variants]]");
  }
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
    check_keys(config, base_keys(), fmt::format("variant '{}'", variant.name));
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
    check_keys(out.back().config, base_keys(), fmt::format("variant '{}'", name));
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
  const Parameters run = resolve_table(run_schema(), table_at(document, "run"), "run");
  RunOptions out;
  out.device = run.choice("device");
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

}  // namespace

std::vector<uint64_t> parse_seeds(const json& value, const std::string& where) {
  const auto wrong = [&] {
    return input_error(
        fmt::format("{}: the seeds are {}; they must be a list of different whole "
                    "numbers from 0, or how many, 1 to 10000",
                    where, value.dump().substr(0, 60)));
  };
  std::vector<uint64_t> out;
  if (value.is_number_integer()) {
    if (value < 1 || value > 10'000) throw wrong();
    for (uint64_t seed = 0; seed < value.get<uint64_t>(); ++seed) out.push_back(seed);
    return out;
  }
  if (!value.is_array() || value.empty() || value.size() > 10'000) throw wrong();
  std::set<uint64_t> seen;
  for (const json& seed : value) {
    if (!seed.is_number_integer() || seed < 0) throw wrong();
    out.push_back(seed.get<uint64_t>());
    if (!seen.insert(out.back()).second) throw wrong();
  }
  return out;
}

SweepFile parse_sweep(const Config& document, const std::filesystem::path& file,
                      const std::string& scale) {
  check_keys(document, kTopKeys, "a sweep file");
  const Config over = scale_overrides(document, scale);
  SweepFile out;
  out.file = file;
  out.scale = scale;
  out.name = read_name(document, file);
  out.title = text_at(document, "title");
  const Config& seeds = over.value.contains("seeds") ? over : document;
  out.seeds = parse_seeds(seeds.value.value("seeds", json::array({0})), seeds.origin("seeds"));
  out.base = table_at(document, "base");
  check_keys(out.base, base_keys(), "base");
  if (over.value.contains("base")) {
    const Config base = table_at(over, "base");
    check_keys(base, base_keys(), fmt::format("scale.{}.base", scale));
    out.base.merge(base);
  }
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
  const json value = parse_toml_value(setting.substr(equals + 1), where);
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
