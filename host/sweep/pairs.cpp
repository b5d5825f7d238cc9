#include "host/sweep/pairs.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>

#include "host/sweep/keys.h"
#include "host/sweep/sections.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

/// The label of an operation: `label`, which is no parameter and is taken out, or its name.
std::string take_label(Config& operation) {
  if (!operation.value.is_object() || text_at(operation, "name").empty()) {
    throw input_error(fmt::format(
        "{}: an operation of pairs is {}; it must be a table with a name, as {{ name = \"crop\" }}",
        operation.origin(""), operation.value.dump().substr(0, 60)));
  }
  const std::string label = text_at(operation, "label");
  operation.value.erase("label");
  return label.empty() ? text_at(operation, "name") : label;
}

/// An operation or, as one member, a list of operations that is named after its first.
PairMember read_member(const Config& element) {
  Config list = element;
  if (!element.value.is_array()) {
    list.value = json::array({element.value});
    list.origins.clear();
    for (const auto& [path, line] : element.origins) {
      list.origins[path.empty() ? "0" : "0." + path] = line;
    }
    list.origins[""] = element.origin("");
  }
  if (list.value.empty()) {
    throw input_error(list.origin("") +
                      ": an operation of pairs is an empty list; it must hold one");
  }
  PairMember out{{}, list};
  for (size_t i = 0; i < list.value.size(); ++i) {
    Config operation = list.child(std::to_string(i));
    const std::string label = take_label(operation);
    if (i == 0) out.label = label;
    out.ops.value[i] = operation.value;
  }
  return out;
}

const PairMember& member(const Pairs& pairs, const json& label) {
  return *std::ranges::find(pairs.members, label.get<std::string>(), &PairMember::label);
}

void check_place(const Config& configuration, const Pairs& pairs) {
  const json& views = configuration.value.at("view");
  if (pairs.view >= views.size()) {
    throw input_error(
        fmt::format("{}: pairs: 'view' is {}; the sweep has {} views, so it must be "
                    "below {}",
                    pairs.table.origin("view"), pairs.view, views.size(), views.size()));
  }
  const size_t operations = views.at(pairs.view).value("ops", json::array()).size();
  if (pairs.at > operations) {
    throw input_error(
        fmt::format("{}: pairs: 'at' is {}; view {} has {} operations, so it must be "
                    "at most {}",
                    pairs.table.origin("at"), pairs.at, pairs.view, operations, operations));
  }
}

/// Whether the views are what they must be; the resolver says what is wrong with others.
bool has_views(const Config& configuration) {
  const json views = configuration.value.value("view", json());
  return views.is_array() && !views.empty() && std::ranges::all_of(views, [](const json& view) {
           return view.is_object() && view.value("ops", json::array()).is_array();
         });
}

}  // namespace

Pairs read_pairs(const Config& table) {
  Pairs out;
  out.table = table;
  if (table.value.empty()) return out;
  const Parameters places = resolve_section(table, "pairs");
  out.view = static_cast<size_t>(places.integer("view"));
  out.at = static_cast<size_t>(places.integer("at"));
  const Config ops = table.child("ops");
  if (!ops.value.is_array() || ops.value.empty()) {
    throw input_error(
        fmt::format("{}: pairs: 'ops' must be a list of at least one operation, as "
                    "[{{ name = \"crop\" }}, {{ name = \"flip\" }}]",
                    table.origin("ops")));
  }
  if (ops.value.size() > kMaxTrials / ops.value.size()) {
    throw input_error(
        fmt::format("{}: {} operations of pairs make more than the {} trials that a "
                    "sweep may have",
                    ops.origin(""), ops.value.size(), kMaxTrials));
  }
  for (size_t i = 0; i < ops.value.size(); ++i) {
    const Config element = ops.child(std::to_string(i));
    PairMember next = read_member(element);
    if (std::ranges::count(out.members, next.label, &PairMember::label) > 0) {
      throw input_error(
          fmt::format("{}: two operations of pairs are called '{}'; one must have "
                      "another label, as {{ name = \"{}\", label = \"...\" }}",
                      element.origin(""), next.label, next.label));
    }
    out.members.push_back(std::move(next));
  }
  return out;
}

Axis pairs_axis(const Pairs& pairs) {
  Axis out{{kFirst, kSecond}, {}, pairs.table.origin("ops")};
  for (const PairMember& first : pairs.members) {
    for (const PairMember& second : pairs.members) {
      out.points.push_back({first.label, second.label});
    }
  }
  return out;
}

void insert_pair(Config& configuration, const Pairs& pairs, const AxisPoint& point) {
  if (!has_views(configuration)) return;
  check_place(configuration, pairs);
  json& view = configuration.value["view"][pairs.view];
  if (!view.contains("ops")) view["ops"] = json::array();
  const std::string path = fmt::format("view.{}.ops", pairs.view);
  if (point.at(kFirst) != point.at(kSecond)) {
    configuration.insert(path, pairs.at, member(pairs, point.at(kSecond)).ops);
  }
  configuration.insert(path, pairs.at, member(pairs, point.at(kFirst)).ops);
}

}  // namespace sslx::sweep
