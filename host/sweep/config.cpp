#include "host/sweep/config.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <charconv>

namespace sslx::sweep {
namespace {

using nlohmann::json;
using Origins = std::map<std::string, std::string>;

std::string join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

/// The origins of what lies within `root`, itself left out: those that begin with "root.", which
/// stand together, since '/' follows '.'. A file may have a hundred thousand.
template <typename Map>
auto inside(Map& origins, const std::string& root) {
  if (root.empty()) return std::pair(origins.begin(), origins.end());
  return std::pair(origins.lower_bound(root + "."), origins.lower_bound(root + "/"));
}

void forget(Origins& origins, const std::string& root) {
  const auto [first, last] = inside(origins, root);
  origins.erase(first, last);
  origins.erase(root);
}

bool is_plugin_path(const std::string& path) {
  return path == "data" || path == "method" || path == "backbone";
}

/// Whether `over` names another plugin than `under`.
bool names_another(const std::string& path, const json& under, const json& over) {
  return is_plugin_path(path) && over.contains("name") && under.contains("name") &&
         under["name"] != over["name"];
}

void merge_values(json& under, const json& over, Origins& origins, const Origins& over_origins,
                  const std::string& path) {
  if (under.is_object() && over.is_object() && !names_another(path, under, over)) {
    for (const auto& [key, value] : over.items()) {
      merge_values(under[key], value, origins, over_origins, join(path, key));
    }
  } else {
    under = over;
    forget(origins, path);
    const auto [first, last] = inside(over_origins, path);
    origins.insert(first, last);
  }
  if (const auto found = over_origins.find(path); found != over_origins.end()) {
    origins[path] = found->second;
  }
}

/// Which elements of a list a component means.
std::vector<size_t> chosen_elements(const json& list, const std::string& component) {
  std::vector<size_t> out;
  size_t index = 0;
  const auto [end, error] =
      std::from_chars(component.data(), component.data() + component.size(), index);
  const bool number = error == std::errc{} && end == component.data() + component.size();
  for (size_t i = 0; i < list.size(); ++i) {
    const bool named = list[i].is_object() && list[i].value("name", json()) == component;
    if (component == "*" || (number ? i == index : named)) out.push_back(i);
  }
  return out;
}

struct Setter {
  Config& config;
  const std::string& whole;
  const json& value;
  const std::string& origin;

  void apply(json& at, const std::string& path, const std::string& rest) const {
    if (rest.empty()) {
      at = value;
      forget(config.origins, path);
      config.origins[path] = origin;
      return;
    }
    const std::string key = rest.substr(0, rest.find('.'));
    const std::string next = key.size() < rest.size() ? rest.substr(key.size() + 1) : "";
    if (at.is_array()) {
      apply_to_elements(at, path, key, next);
      return;
    }
    if (at.is_null()) at = json::object();
    if (!at.is_object()) {
      throw input_error(
          fmt::format("{}: '{}' leads through '{}', which is no table", origin, whole, path));
    }
    if (key == "name" && next.empty() && is_plugin_path(path) && at.value("name", json()) != value)
      at = json::object();
    apply(at[key], join(path, key), next);
  }

  void apply_to_elements(json& list, const std::string& path, const std::string& key,
                         const std::string& next) const {
    const std::vector<size_t> elements = chosen_elements(list, key);
    if (elements.empty()) {
      throw input_error(
          fmt::format("{}: '{}' names no element '{}' of '{}'; it must be an index below {}, the "
                      "name of one of them, or *",
                      origin, whole, key, path, list.size()));
    }
    for (const size_t i : elements) apply(list[i], join(path, std::to_string(i)), next);
  }
};

}  // namespace

std::string Config::origin(const std::string& path) const {
  for (std::string at = path;; at.resize(at.find_last_of('.'))) {
    if (const auto found = origins.find(at); found != origins.end()) return found->second;
    if (at.find('.') == std::string::npos) break;
  }
  const auto root = origins.find("");
  return root == origins.end() ? "sweep" : root->second;
}

void Config::merge(const Config& over) {
  merge_values(value, over.value, origins, over.origins, "");
}

void Config::set(const std::string& path, const json& new_value, const std::string& origin) {
  const Setter setter{*this, path, new_value, origin};
  if (new_value.is_object() && path.find('.') == std::string::npos) {
    Config layer;
    const Setter in_layer{layer, path, new_value, origin};
    in_layer.apply(layer.value, "", path);
    merge(layer);
    return;
  }
  setter.apply(value, "", path);
}

void Config::insert(const std::string& path, size_t index, const Config& elements) {
  std::string place = '/' + path;
  std::ranges::replace(place, '.', '/');
  json& list = value.at(json::json_pointer(place));
  Origins moved;
  for (const auto& [where, line] : origins) {
    const std::string rest = where.starts_with(path + ".") ? where.substr(path.size() + 1) : "";
    const size_t element = rest.empty() ? 0 : std::stoul(rest);
    const bool moves = !rest.empty() && element >= index;
    const std::string number = std::to_string(element + elements.value.size());
    const std::string after = rest.substr(std::min(rest.find('.'), rest.size()));
    moved[moves ? join(path, number + after) : where] = line;
  }
  for (size_t i = 0; i < elements.value.size(); ++i) {
    const Config element = elements.child(std::to_string(i));
    const std::string at = join(path, std::to_string(index + i));
    for (const auto& [where, line] : element.origins) {
      moved[where.empty() ? at : join(at, where)] = line;
    }
  }
  origins = std::move(moved);
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(index), elements.value.begin(),
              elements.value.end());
}

Config Config::child(const std::string& key) const {
  Config out;
  if (value.is_object() && value.contains(key)) out.value = value.at(key);
  if (value.is_array()) out.value = value.at(std::stoul(key));
  const auto [first, last] = inside(origins, key);
  for (auto at = first; at != last; ++at) {
    out.origins[at->first.substr(key.size() + 1)] = at->second;
  }
  out.origins[""] = origin(key);
  return out;
}

}  // namespace sslx::sweep
