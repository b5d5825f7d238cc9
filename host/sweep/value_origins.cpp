#include "host/sweep/value_origins.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/data/path_text.h"
#include "host/sweep/plan.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

const char* const kDefault = "default";

bool has_origin(const Config& config, const std::string& origin) {
  return std::ranges::any_of(config.origins, [&](const auto& one) { return one.second == origin; });
}

/// A place in the configuration as it was given; null where nothing was given.
struct Given {
  const json* value = nullptr;
  std::string path;

  Given at(const std::string& key) const {
    const std::string next = path.empty() ? key : fmt::format("{}.{}", path, key);
    if (value != nullptr && value->is_object() && value->contains(key)) {
      return {&value->at(key), next};
    }
    return {nullptr, next};
  }
  Given element(size_t index) const {
    const std::string next = fmt::format("{}.{}", path, index);
    const bool there = value != nullptr && value->is_array() && index < value->size();
    return {there ? &value->at(index) : nullptr, next};
  }
};

bool is_source(const json& operation) {
  return operation.is_object() && operation.value("name", json()) == "source";
}

/// Walks the canonical configuration beside the given one, which it was made from: a plugin's
/// parameters stand in its own table there, a recipe with a count stands once, and the operation
/// that takes a source is the table's `source`.
class Walk {
 public:
  Walk(const SweepFile& sweep, const Trial& trial)
      : sweep_(sweep), trial_(trial), given_(given_configuration(sweep, trial)) {
    const auto variant = std::ranges::find(sweep.variants, trial.variant, &Variant::name);
    if (variant != sweep.variants.end()) variant_ = &*variant;
  }

  std::vector<ValueOrigin> run() {
    const Given root{&given_.value, ""};
    for (const auto& [part, value] : trial_.config.whole().items()) {
      if (part == "view") {
        views(value, root.at(part));
      } else if (part == "data") {
        value_at(value, part, data_of(value, root.at(part)));
      } else {
        value_at(value, part, root.at(part));
      }
    }
    const Given judged = root.at("evaluate").at("data");
    const json& evaluate = trial_.config.at("evaluate");
    path_of(trial_.config.at("data"), data::path_text(trial_.data_path), "data", root.at("data"));
    if (evaluate.contains("data")) {
      path_of(evaluate.at("data"), trial_.evaluation_data.value("path", ""), "evaluate.data",
              judged);
    }
    const json places = trial_.evaluation_data.value("probes", json::object());
    const json probes = evaluate.value("probe", json::array());
    for (size_t i = 0; i < probes.size(); ++i) {
      if (!probes[i].contains("data")) continue;
      path_of(probes[i].at("data"),
              places.at(probes[i].at("name").get<std::string>()).value("path", ""),
              fmt::format("evaluate.probe.{}.data", i),
              root.at("evaluate").at("probe").element(i).at("data"));
    }
    return std::move(out_);
  }

 private:
  /// The table itself or, where its data are not here, its fallback.
  static Given data_of(const json& used, const Given& given) {
    const Given name = given.at("name");
    const bool own = name.value == nullptr || *name.value == used.at("name");
    return own ? given : given.at("fallback");
  }

  /// Where the data lie, which is no part of what they are.
  void path_of(const json& used, const std::string& place, const std::string& table,
               const Given& given) {
    if (place.empty()) return;
    add(table + ".path", json(place).dump(), data_of(used, given).at("path"));
  }

  void views(const json& list, const Given& given) {
    size_t element = 0;
    int64_t copies = 0;
    for (size_t i = 0; i < list.size(); ++i) {
      const Given own = given.element(element);
      const Given count = own.at("count");
      value_at(list[i], fmt::format("view.{}", i), own);
      if (++copies >= (count.value == nullptr ? 1 : count.value->get<int64_t>())) {
        copies = 0;
        ++element;
      }
    }
  }

  void value_at(const json& value, const std::string& path, const Given& given) {
    if (value.is_object()) {
      for (const auto& [key, part] : value.items()) {
        if (key == "parameters") {
          value_at(part, path, given);
        } else if (key == "ops") {
          operations(part, fmt::format("{}.{}", path, key), given);
        } else if (key == "data") {
          value_at(part, fmt::format("{}.data", path), data_of(part, given.at(key)));
        } else {
          value_at(part, fmt::format("{}.{}", path, key), given.at(key));
        }
      }
      return;
    }
    if (value.is_array() && !value.empty() && value[0].is_object()) {
      for (size_t i = 0; i < value.size(); ++i) {
        value_at(value[i], fmt::format("{}.{}", path, i), given.element(i));
      }
      return;
    }
    add(path, value.dump(), given);
  }

  void operations(const json& ops, const std::string& path, const Given& parent) {
    const Given given = parent.at("ops");
    const size_t sources = !ops.empty() && is_source(ops[0]) ? 1 : 0;
    for (size_t i = 0; i < ops.size(); ++i) {
      const std::string own = fmt::format("{}.{}", path, i);
      if (i < sources) {
        const Given one = parent.at("source");
        add(own, ops[i].dump(), one.value != nullptr ? one : parent.at("sources"));
      } else {
        value_at(ops[i], own, given.element(i - sources));
      }
    }
  }

  void add(const std::string& path, std::string value, const Given& given) {
    const char* absent = path.ends_with("data.fingerprint") ? "the data's content" : kDefault;
    out_.push_back({path, std::move(value),
                    given.value == nullptr ? absent : layer(given_.origin(given.path))});
  }

  /// The line and which layer it belongs to.
  std::string layer(const std::string& origin) const {
    if (origin.starts_with("--set")) return origin;
    std::vector<std::string> layers;
    if (sweep_.scale_origins.contains(origin)) layers.push_back("scale " + sweep_.scale);
    for (const Axis& axis : sweep_.axes) {
      if (axis.origin == origin) layers.emplace_back("axis");
    }
    if (has_origin(sweep_.pairs.table, origin)) layers.emplace_back("pairs");
    if (variant_ != nullptr && has_origin(variant_->config, origin)) {
      layers.push_back(fmt::format("variant '{}'", variant_->name));
    }
    if (layers.empty()) layers.emplace_back("base");
    return fmt::format("{} ({})", origin, fmt::join(layers, ", "));
  }

  const SweepFile& sweep_;
  const Trial& trial_;
  Config given_;
  const Variant* variant_ = nullptr;
  std::vector<ValueOrigin> out_;
};

}  // namespace

std::vector<ValueOrigin> value_origins(const SweepFile& sweep, const Trial& trial) {
  return Walk(sweep, trial).run();
}

}  // namespace sslx::sweep
