// The part of resolving that is about [evaluate].
#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <cctype>

#include "host/data/judging.h"
#include "host/data/path_text.h"
#include "host/sweep/evaluate_options.h"
#include "host/sweep/resolve.h"
#include "host/sweep/sections.h"
#include "host/sweep/view_sources.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

Config crop_and_flip(const Config& table, const json& views) {
  json crop{{"name", "crop"}};
  for (const json& operation : views.at(0).at("ops")) {
    const json parameters = operation.value("parameters", json::object());
    if (operation.at("name") == "crop" && parameters.contains("size")) {
      crop["size"] = parameters.at("size");
    }
  }
  Config out;
  out.value = json::array({crop, json{{"name", "flip"}}});
  out.origins[""] = table.origin("") + ": evaluate.finetune.ops by default";
  return out;
}

/// The name of the probe that comes next.
std::string probe_name(const Config& table, const json& before) {
  const std::string name = text_at(table, "name");
  const bool is_word = !name.empty() && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
  const bool is_new =
      std::ranges::none_of(before, [&](const json& o) { return o["name"] == name; });
  if (is_word && is_new) return name;
  throw input_error(fmt::format(
      "{}: evaluate.probe: its name is '{}'; it must be letters, digits and _, and no other's",
      table.origin("name"), name));
}

/// The masks are a view of the images that judge.
json attention(const Config& table, const Config& trial) {
  json out = resolve_section(table, "evaluate.attention").to_json();
  const std::string mask = text_at(table, "mask");
  out["mask"] = mask.empty() ? "mask" : mask;
  const json& value = trial.value;
  const json& judging = value.at("evaluate").contains("data") ? value.at("evaluate") : value;
  const json views = judging.value("data", json::object()).value("views", json::array());
  if (std::ranges::count(views, out["mask"]) > 0) return out;
  throw input_error(
      fmt::format("{}: evaluate.attention takes its masks from the data's view '{}', which "
                  "data.views has not; it must be one of {}",
                  table.origin("mask"), out["mask"].get<std::string>(), views.dump()));
}

/// The probe's own table over that of [evaluate].
Config over(const Config& evaluate, const Config& probe, const std::string& key) {
  Config out = table_at(evaluate, key);
  out.merge(table_at(probe, key));
  return out;
}

}  // namespace

json Resolver::evaluation(const Config& config, const json& views, Resolved& out) {
  const Config table = table_at(config, "evaluate");
  json evaluate = resolve_section(table, "evaluate").to_json();
  evaluate["knn"] = resolve_section(table_at(table, "knn"), "evaluate.knn").to_json();
  evaluate["linear"] = linear(table_at(table, "linear"), out);
  evaluate["ops"] = evaluation_ops(table, views, out);
  if (const json source = evaluation_source(table, views); !source.is_null()) {
    evaluate["ops"].insert(evaluate["ops"].begin(), source);
  }
  semi_supervised(table, evaluate, out);
  // Left out otherwise: trials from before there was such a thing keep their identity.
  if (table.value.contains("attention")) {
    evaluate["attention"] = attention(table_at(table, "attention"), config);
  }
  if (table.value.contains("data")) {
    Data found = data(table_at(table, "data"));
    evaluate["data"] = std::move(found.config);
    out.evaluation_data = {{"path", data::path_text(found.path)}, {"state", found.state}};
    out.evaluation_sizes = std::move(found.sizes);
  }
  if (json probes = further_probes(table, out); !probes.empty()) {
    evaluate["probe"] = std::move(probes);
  }
  return evaluate;
}

json Resolver::linear(const Config& table, Resolved& out) {
  json values = resolve_linear(table);
  if (table.value.contains("train_ops")) {
    values["train_ops"] = operations(table.child("train_ops"), out);
  }
  return values;
}

/// Each with all that it depends on beside ops and data, which are those of [evaluate] unless it
/// has its own.
json Resolver::further_probes(const Config& evaluate, Resolved& out) {
  json all = json::array();
  const Config list = evaluate.child("probe");
  if (!evaluate.value.contains("probe")) return all;
  for (size_t i = 0; i < list.value.size(); ++i) {
    const Config table = table_at(list, std::to_string(i));
    json probe = resolve_section(table, "evaluate.probe").to_json();
    const std::string name = probe_name(table, all);
    probe["name"] = name;
    const bool both = !table.value.contains("knn") && !table.value.contains("linear");
    if (both || table.value.contains("knn")) {
      probe["knn"] = resolve_section(over(evaluate, table, "knn"), "evaluate.knn").to_json();
    }
    if (both || table.value.contains("linear")) {
      probe["linear"] = linear(over(evaluate, table, "linear"), out);
    }
    if (table.value.contains("ops")) probe["ops"] = operations(table.child("ops"), out);
    if (table.value.contains("data")) {
      Data found = data(table_at(table, "data"));
      check_judges(found, name);
      probe["data"] = std::move(found.config);
      out.evaluation_data["probes"][name] = {{"path", data::path_text(found.path)},
                                             {"state", found.state}};
    }
    all.push_back(std::move(probe));
  }
  return all;
}

/// Without ops of its own, the normalisation of the first view, or of each source.
json Resolver::evaluation_ops(const Config& table, const json& views, Resolved& out) {
  if (table.value.contains("ops")) return operations(table.child("ops"), out);
  return normalisation_of(views);
}

/// Tables that are not there leave no key: trials from before there were such keep their identity.
void Resolver::semi_supervised(const Config& table, json& evaluate, Resolved& out) {
  json finetune;
  if (table.value.contains("finetune")) {
    const Config own = table_at(table, "finetune");
    finetune = resolve_finetune(own);
    if (!finetune.is_null()) {
      finetune["ops"] = finetune_ops(own, evaluate.at("ops"), out);
      evaluate["finetune"] = finetune;
    }
  }
  if (!table.value.contains("distil")) return;
  const Config own = table_at(table, "distil");
  json distil = resolve_distil(own, finetune);
  distil["backbone"] = out.config.at("backbone");  // self-distillation: a new network of that kind
  distil["backbone"].erase("weights");
  if (own.value.contains("backbone")) {
    distil["backbone"] = plugin("backbone", own.child("backbone"), "evaluate.distil.backbone", out);
  }
  evaluate["distil"] = std::move(distil);
}

/// A random crop, to the size of the first view's, and a flip (SimCLR v2, section 3), then what
/// evaluation does to every image: a method that reads another input than RGB (CMC) gets it so, and
/// with sources of the data set it is those of evaluation.
json Resolver::finetune_ops(const Config& table, json evaluation_ops, Resolved& out) {
  json ops = json::array();
  if (!evaluation_ops.empty() && evaluation_ops.at(0).at("name") == "source") {
    ops.push_back(evaluation_ops.at(0));
    evaluation_ops.erase(0);
  }
  const bool given = table.value.contains("ops");
  const Config drawn = given ? table.child("ops") : crop_and_flip(table, out.config.at("view"));
  for (json& operation : operations(drawn, out)) ops.push_back(std::move(operation));
  if (!given) ops.insert(ops.end(), evaluation_ops.begin(), evaluation_ops.end());
  return ops;
}

/// A probe needs labels to learn from and to be tested on.
void Resolver::check_judges(const Data& data, const std::string& probe) const {
  if (!data.sizes) return;
  const std::string why = data::why_not_judged("its data", data.sizes->train.labelled() > 0,
                                               data.sizes->test.labelled() > 0);
  if (why.empty()) return;
  throw input_error(fmt::format("{}: the probe '{}' cannot be done: {}", data.origin, probe, why));
}

}  // namespace sslx::sweep
