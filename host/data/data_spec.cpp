#include "host/data/data_spec.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "host/data/data_schemas.h"

namespace sslx::data {
namespace {

using nlohmann::json;
using Schema = std::vector<ParameterSpec>;

Schema with_subset(Schema schema) {
  schema.push_back(
      integer("train_per_class", 0, "first images of each class; 0 is all").at_least(0));
  schema.push_back(
      integer("test_per_class", 0, "first images of each class; 0 is all").at_least(0));
  schema.push_back(
      integer("held_out_per_class", 0,
              "the last so many training images of each class stand for the test images, and are "
              "not trained on: for choosing settings")
          .at_least(0));
  return schema;
}

Schema with_files(Schema schema) {
  schema.push_back(
      integer("image_size", 0, "side in pixels; 0 takes them as they are").between(0, 10000));
  schema.push_back(
      choice("decode", "once", "once|exact|scaled",
             "once: all images into memory; exact: a view decodes what its crop needs of the "
             "file; scaled: at a half, quarter or eighth where the crop is that large"));
  schema.push_back(integer("unreadable_limit", 0,
                           "unreadable images that are forgiven and named, those whose damage "
                           "shows only when a view is made (decode exact or scaled) among them")
                       .at_least(0));
  return schema;
}

const std::map<std::string, Schema>& schemas() {
  static const std::map<std::string, Schema> all{
      {"fashion-mnist", with_subset({})},
      {"idx", with_subset({})},
      {"cifar10", with_subset({})},
      {"cifar100", with_subset({boolean("coarse", false, "the 20 superclasses as labels")})},
      {"stl10",
       with_subset({boolean("unlabeled", false,
                            "the unlabelled images join the training set with label -1")})},
      {"folder", with_subset(with_files({}))},
      {"images", with_files({integer("train_images", 0, "first images; 0 is all").at_least(0)})},
      {"pack", with_subset({})},
      {"shapes",
       with_subset({integer("train_size", 10000, "training images").between(8, 10000000),
                    integer("test_size", 2000, "test images").between(8, 10000000),
                    integer("size", 32, "side in pixels").between(8, 1024),
                    integer("shape_seed", 0, "seed of the drawings").at_least(0),
                    real("texture", 0, "strength of stripes over the picture").between(0, 1),
                    integer("clutter", 0, "small shapes behind, of any class").between(0, 100)})}};
  return all;
}

const Schema& schema_of(const std::string& name, const std::string& where) {
  const auto found = schemas().find(name);
  if (found != schemas().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, schema] : schemas()) names.push_back(known);
  const std::string near = nearest_word(name, names);
  throw input_error(fmt::format("{}: data set '{}' is unknown{}", where, name,
                                near.empty() ? "" : fmt::format("; the nearest is '{}'", near)),
                    fmt::format("Known are {}.", fmt::join(names, ", ")));
}

/// A view's name is its folder's, and appears in messages and in the sweep file.
bool is_view_name(const json& name) {
  if (!name.is_string()) return false;
  const auto text = name.get<std::string>();
  const auto fits = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool differ(const json& words) {
  return std::set<json>(words.begin(), words.end()).size() == words.size();
}

/// data.views, which no schema can say: a list of words.
void check_views(const json& views, const json& options, const std::string& where) {
  const bool named = views.is_array() && !views.empty() && std::ranges::all_of(views, is_view_name);
  if (!named || !differ(views)) {
    throw input_error(
        fmt::format("{}: data.views is {}; it must be a list of different folders' names, as "
                    "[\"image\", \"depth\"]",
                    where, views.dump()));
  }
  if (options.at("decode") == "once") return;
  throw input_error(
      fmt::format("{}: data.views takes data.decode = \"once\" only", where),
      "`sslx data pack` makes one file of it that is mapped, for more than the memory holds.");
}

/// data.views and data.shares of shapes: different words of these.
json check_words(const char* key, const json& words, const std::vector<std::string>& known,
                 const std::string& where) {
  const auto is_known = [&](const json& word) {
    return word.is_string() && std::ranges::count(known, word.get<std::string>()) > 0;
  };
  const bool right = words.is_array() && std::ranges::all_of(words, is_known) && differ(words);
  if (right && (!words.empty() || std::string_view(key) == "shares")) return words;
  throw input_error(fmt::format("{}: data.{} is {}; it must be a list of different words of {}",
                                where, key, words.dump(), fmt::join(known, ", ")));
}

/// Left out at their defaults: trials from before there was such a thing keep their identity.
void add_shape_views(json& out, const json& views, const json& shares, const std::string& where) {
  if (out.at("texture") == 0) out.erase("texture");
  if (out.at("clutter") == 0) out.erase("clutter");
  const std::vector<std::string> known{"image", "edges", "depth", "mask", "partner"};
  if (!views.is_null()) out["views"] = check_words("views", views, known, where);
  const bool partner =
      out.contains("views") && std::ranges::count(out["views"], json("partner")) > 0;
  if (!shares.is_null() && !partner) {
    throw input_error(fmt::format(
        "{}: data.shares is what a partner shares, and data.views has none; it must be left out",
        where));
  }
  if (partner) {
    out["shares"] = check_words("shares", shares.is_null() ? json::array({"shape"}) : shares,
                                {"shape", "colour", "place", "turn"}, where);
  }
}

}  // namespace

const std::map<std::string, Schema>& data_schemas() { return schemas(); }

json resolve_data_config(const json& data_table, const std::string& where) {
  if (!data_table.contains("name") || !data_table.at("name").is_string()) {
    throw input_error(fmt::format("{}: data has no 'name'; it must be a data set's name", where));
  }
  const auto name = data_table.at("name").get<std::string>();
  json given = data_table;
  for (const char* elsewhere : {"name", "path", "fallback", "fingerprint"}) given.erase(elsewhere);
  // Left out where there are none: a plain folder's trials keep their identity.
  const bool is_drawn = name == "shapes";
  const json views = name == "folder" || is_drawn ? given.value("views", json()) : json();
  const json shares = is_drawn ? given.value("shares", json()) : json();
  if (name == "folder" || is_drawn) given.erase("views");
  if (is_drawn) given.erase("shares");
  json out = Parameters::resolve(schema_of(name, where), given,
                                 fmt::format("{}: data set '{}'", where, name))
                 .to_json();
  out["name"] = name;
  // Left out where nothing is held out: trials from before there was such a thing keep their
  // identity.
  if (out.value("held_out_per_class", int64_t{0}) == 0) out.erase("held_out_per_class");
  if (is_drawn) {
    add_shape_views(out, views, shares, where);
  } else if (!views.is_null()) {
    check_views(views, out, where);
    out["views"] = views;
  }
  return out;
}

DataSpec data_spec(const json& data_config, const std::filesystem::path& path) {
  DataSpec out;
  out.options = resolve_data_config(data_config, "data");
  out.name = out.options.at("name").get<std::string>();
  out.path = path;
  if (path.empty() && out.name == "fashion-mnist") {
    out.path = "/usr/share/datasets/fashion-mnist";
  }
  return out;
}

}  // namespace sslx::data
