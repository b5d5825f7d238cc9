#include "host/sweep/resolve.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/data/path_text.h"
#include "host/data/user_path.h"
#include "host/sweep/builtin_schema.h"
#include "host/sweep/keys.h"
#include "host/sweep/sections.h"
#include "host/sweep/train_options.h"
#include "host/sweep/view_sources.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr size_t kMaxOperations = 10'000;  // of all views together

const Config& need(const Config& table, const std::string& what) {
  if (table.value.is_object() && table.value.contains("name")) return table;
  throw input_error(
      fmt::format("{}: the {} has no name; it must be a table with one, as {} = "
                  "{{ name = \"...\" }}",
                  table.origin(""), what, what));
}

/// Of the views up to this one.
void check_amount(const Config& view, size_t views, size_t operations) {
  if (views <= kMaxElements && operations <= kMaxOperations) return;
  throw input_error(fmt::format(
      "{}: there are {} views with {} operations together; there may be at most {} with {}",
      view.origin("count"), views, operations, kMaxElements, kMaxOperations));
}

/// What a plugin's table has beside the plugin's own parameters.
std::vector<Key> keys_beside(const Section& section) {
  std::vector<Key> out = section.keys;
  for (const ParameterSpec& spec : section.parameters) {
    out.push_back({spec.name.data(), Holds::kOther, "", spec.meaning.data()});
  }
  return out;
}

/// The keys of all data, and of this data set; one that is unknown is told elsewhere.
void check_data_keys(const Config& table) {
  const std::string name = text_at(table, "name");
  const auto set = std::ranges::find(sections(), "data." + name, &Section::name);
  if (set == sections().end()) return;
  std::vector<Key> keys = section("data").keys;
  keys.insert(keys.end(), set->keys.begin(), set->keys.end());
  check_table(table, keys, set->parameters, set->what);
}

}  // namespace

Resolver::Resolver(const PluginRegistry& registry, DataLookup& data, WeightsStore& weights,
                   fs::path folder, bool may_lack_weights)
    : registry_(registry),
      data_(data),
      weights_(weights),
      folder_(std::move(folder)),
      may_lack_weights_(may_lack_weights) {}

fs::path Resolver::folder_of(const std::string& origin) const {
  return origin.starts_with("--set") ? fs::current_path() : folder_;
}

void Resolver::note(const std::string& sentence) {
  if (std::ranges::count(notes_, sentence) == 0) notes_.push_back(sentence);
}

json Resolver::plugin(const std::string& kind, const Config& table, const std::string& declared,
                      Resolved& out) {
  const std::string name = text_at(need(table, kind), "name");
  const PluginFile* file = nullptr;
  try {
    file = &registry_.find(kind, name);
  } catch (const Error& error) {
    throw Error(error.kind(), table.origin("name") + ": " + error.what(), error.hint());
  }
  const Parameters values = resolve_table(table, keys_beside(section(declared)), file->schema,
                                          fmt::format("{} '{}'", kind, name), "parameter");
  const auto same = [&](const PluginFile& other) {
    return other.kind == kind && other.name == name;
  };
  if (std::ranges::none_of(out.plugins, same)) {
    out.plugins.push_back(*file);
    out.plugins.back().schema.clear();  // large, and of no use from here on
  }
  return {{"name", name}, {"parameters", values.to_json()}};
}

/// Names and shapes of tensors do not tell every backbone from every other: a ViT of 12 heads has
/// those of one of 6. Parameters that the plugin got after the import had their defaults then.
void Resolver::check_import(const json& backbone, const Weights& weights) {
  const json imported = weights.provenance.value("backbone", json::object());
  if (!imported.contains("name")) return;
  const auto name = backbone.at("name").get<std::string>();
  std::vector<std::string> differing;
  const auto compare = [&](const std::string& key, const json& there, const json& here) {
    if (there != here) {
      differing.push_back(
          fmt::format("{} is {} there and {} here", key, there.dump(), here.dump()));
    }
  };
  compare("name", imported.at("name"), name);
  if (differing.empty()) {
    json there =
        Parameters::resolve(registry_.find("backbone", name).schema, json::object(), "").to_json();
    there.update(imported.value("parameters", json::object()));
    const json& here = backbone.at("parameters");
    for (const auto& [key, value] : there.items()) compare(key, value, here.value(key, json()));
  }
  if (differing.empty()) return;
  throw input_error(
      fmt::format("the weights were imported for another backbone, {}; it must be the same",
                  fmt::join(differing, ", ")),
      "`sslx import` under another name, with --set, checks them against this one");
}

json Resolver::backbone(const Config& table, Resolved& out) {
  json made = plugin("backbone", table, "backbone", out);
  const std::string text = text_at(table, "weights");
  // Left out otherwise: an untrained backbone keeps its identity, also as `weights = ""` of an
  // axis.
  if (text.empty()) return made;
  const std::string where = table.origin("weights");
  if (may_lack_weights_ && !weights_.has(text, folder_of(where))) {
    note(fmt::format("the weights '{}' are not here; a sweep needs them", text));
    made["weights"] = "not here: " + text;
    return made;
  }
  try {
    out.weights = weights_.find(text, folder_of(where));
    check_import(made, out.weights);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}: weights: {}", where, error.what()), error.hint());
  }
  made["weights"] = out.weights.sha256;
  return made;
}

json Resolver::operation(const Config& table, Resolved& out) {
  json operation = plugin("augmentation", table, "op", out);
  const json own{{"shared", table.value.value("shared", json(false))}};
  const Parameters values = Parameters::resolve(
      operation_schema(), own,
      fmt::format("{}: augmentation '{}'", table.origin("shared"), text_at(table, "name")));
  // Left out otherwise, so that recipes from before there was such a thing keep their identity.
  if (values.boolean("shared")) operation["shared"] = true;
  const std::string source = text_at(table, "source");
  if (!source.empty()) operation["source"] = source;
  return operation;
}

json Resolver::operations(const Config& list, Resolved& out) {
  json operations = json::array();
  for (size_t i = 0; i < list.value.size(); ++i) {
    operations.push_back(operation(list.child(std::to_string(i)), out));
  }
  return operations;
}

json Resolver::views(const Config& config, Resolved& out) {
  const Config list = config.child("view");
  if (list.value.empty()) {
    throw input_error(fmt::format(
        "{}: there are no views; there must be at least one, as [[base.view]] with its ops",
        config.origin("view")));
  }
  json views = json::array();
  size_t all_operations = 0;
  for (size_t i = 0; i < list.value.size(); ++i) {
    const Config view = table_at(list, std::to_string(i));
    const Parameters values = resolve_section(view, "view", fmt::format("view {}", i));
    Config ops = view.child("ops");
    if (!view.value.contains("ops")) ops.value = json::array();
    json made{{"ops", operations(ops, out)}};
    if (const json source = view_source(view); !source.is_null()) {
      made["ops"].insert(made["ops"].begin(), source);
    }
    // Left out otherwise, so that views from before there was such a thing keep their identity.
    if (values.boolean("local")) made["local"] = true;
    if (views.empty() ? made.contains("local")
                      : views.back().contains("local") && !made.contains("local")) {
      throw input_error(
          fmt::format("{}: view {} stands before a global one; views with local = true must be the "
                      "last",
                      list.origin(std::to_string(i)), views.empty() ? i : i - 1));
    }
    const auto count = static_cast<size_t>(values.integer("count"));
    all_operations += count * made["ops"].size();
    check_amount(view, views.size() + count, all_operations);
    views.insert(views.end(), count, made);
  }
  return views;
}

/// The options one by one, each blamed on its own line, then together.
json Resolver::data_options(const Config& table) {
  check_data_keys(table);
  json own = table.value;
  own.erase("path");
  own.erase("fallback");
  for (const auto& [key, value] : own.items()) {
    json one{{"name", own.at("name")}, {key, value}};
    if (key == "shares" && own.contains("views"))
      one["views"] = own.at("views");  // whose partner's
    if (key != "name") data_.resolve(one, table.origin(key) + ": data");
  }
  return data_.resolve(own, table.origin("") + ": data");
}

Resolver::Data Resolver::data_of(const Config& table) {
  Data out{data_options(need(table, "data")), {}, table.origin("name")};
  const std::string text = text_at(table, "path");
  if (text.empty()) return out;
  out.origin = table.origin("path");
  out.path = fs::absolute(folder_of(out.origin) / data::user_path(text)).lexically_normal();
  return out;
}

std::string Resolver::fingerprint(const Data& data) {
  try {
    return data_.fingerprint(data.config, data.path);
  } catch (const Error& error) {
    throw Error(error.kind(), data.origin + ": " + error.what(), error.hint());
  }
}

Resolver::Data Resolver::data(const Config& table) {
  Data out = data_of(table);
  if (table.value.contains("fallback")) {
    const std::string key = out.config.dump() + '\n' + out.path.string();
    if (!available_.contains(key)) available_[key] = data_.available(out.config, out.path);
    const Data fallback = data_of(table_at(table, "fallback"));  // checked, used or not
    if (!available_.at(key)) {
      note(fmt::format("the data set '{}' is not here, so '{}' is used instead",
                       out.config.at("name").get<std::string>(),
                       fallback.config.at("name").get<std::string>()));
      out = fallback;
    }
  }
  const std::string found = fingerprint(out);
  out.state = data_.state(out.config, out.path);
  out.sizes = data_.sizes(out.config, out.path);
  out.config["fingerprint"] = found;
  if (const std::string said = data_.note(out.config, out.path); !said.empty()) note(said);
  return out;
}

Resolved Resolver::resolve(const Config& config) {
  check_section(config, "base", "the configuration");
  Resolved out;
  json& canonical = out.config;
  canonical["method"] = plugin("method", config.child("method"), "method", out);
  canonical["backbone"] = backbone(config.child("backbone"), out);
  if (config.value.contains("student")) {
    canonical["student"] = plugin("backbone", config.child("student"), "student", out);
  }
  canonical["view"] = views(config, out);
  canonical["train"] = resolve_train(table_at(config, "train"));
  canonical["evaluate"] = evaluation(config, canonical["view"], out);
  Data found = data(config.child("data"));
  canonical["data"] = std::move(found.config);
  out.sizes = std::move(found.sizes);
  if (!canonical["evaluate"].contains("data")) out.evaluation_sizes = out.sizes;
  check_sources(canonical, config.origin("view"), out.sizes);
  out.data_path = std::move(found.path);
  out.data_state = std::move(found.state);
  std::ranges::sort(out.plugins, {},
                    [](const PluginFile& file) { return std::pair(file.kind, file.name); });
  return out;
}

}  // namespace sslx::sweep
