#include "host/sweep/view_sources.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sslx/error.h>

#include <algorithm>
#include <iterator>

#include "host/sweep/keys.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

json take(const Words& sources) { return {{"name", "source"}, {"sources", sources}}; }

/// The sources that a canonical list of operations takes or works on.
Words sources_in(const json& ops) {
  Words out;
  for (const json& operation : ops) {
    const Words taken = operation.value("sources", Words());
    out.insert(out.end(), taken.begin(), taken.end());
    if (operation.contains("source")) out.push_back(operation.at("source").get<std::string>());
  }
  return out;
}

bool takes_source(const json& view) {
  const json& ops = view.at("ops");
  return !ops.empty() && ops.at(0).at("name") == "source";
}

Words given_sources(const Config& evaluate) {
  const json& given = evaluate.value.at("sources");
  const auto is_word = [](const json& one) {
    return one.is_string() && !one.get_ref<const std::string&>().empty();
  };
  if (given.is_array() && !given.empty() && std::ranges::all_of(given, is_word)) return given;
  throw input_error(
      fmt::format("{}: evaluate.sources is {}; it must be a list of the data set's views, as "
                  "[\"image\", \"depth\"]",
                  evaluate.origin("sources"), given.dump()));
}

}  // namespace

json normalisation_of(const json& views) {
  json out = json::array();
  Words seen;
  for (const json& view : views) {
    const std::string name = takes_source(view) ? sources_in(view.at("ops")).front() : "";
    if (std::ranges::count(seen, name) > 0) continue;
    seen.push_back(name);
    for (json operation : view.at("ops")) {
      if (operation.at("name") != "normalize") continue;
      if (!name.empty()) operation["source"] = name;
      out.push_back(std::move(operation));
    }
  }
  return out;
}

json view_source(const Config& view) {
  const std::string name = text_at(view, "source");
  return name.empty() ? json() : take({name});
}

json evaluation_source(const Config& evaluate, const json& views) {
  Words out;
  for (size_t i = 0; i < views.size(); ++i) {
    if (takes_source(views[i]) != takes_source(views[0])) {
      throw input_error(fmt::format(
          "{}: view {} has a source and view {} has none; all views must have one, or none",
          evaluate.origin(""), takes_source(views[i]) ? i : 0, takes_source(views[i]) ? 0 : i));
    }
    if (!takes_source(views[i])) continue;
    const std::string name = sources_in(views[i].at("ops")).front();
    if (std::ranges::count(out, name) == 0) out.push_back(name);
  }
  if (evaluate.value.contains("sources")) out = given_sources(evaluate);
  return out.empty() ? json() : take(out);
}

int64_t crop_side(const json& view) {
  for (const json& operation : view.at("ops")) {
    const json parameters = operation.value("parameters", json::object());
    const auto size = parameters.value("size", int64_t{0});
    if (operation.at("name") == "crop" && size > 0) return size;
  }
  return 0;
}

void check_sources(const json& trial, const std::string& where,
                   const std::optional<data::DataSizes>& sizes) {
  const json& data = trial.at("data");
  const bool pack = data.at("name") == "pack";
  if (pack && !sizes) return;
  Words known = data.value("views", Words());
  if (pack) std::ranges::transform(sizes->views, std::back_inserter(known), &data::Source::name);
  Words asked = sources_in(trial.at("evaluate").at("ops"));
  for (const json& view : trial.at("view")) {
    const Words more = sources_in(view.at("ops"));
    asked.insert(asked.end(), more.begin(), more.end());
  }
  for (const std::string& name : asked) {
    if (std::ranges::count(known, name) > 0) continue;
    const std::string right =
        known.empty()
            ? (pack ? "the pack has none" : "it brings none; data.views must name their folders")
            : fmt::format("it must be one of {}", fmt::join(known, ", "));
    throw input_error(
        fmt::format("{}: the source '{}' is no view of the data set; {}", where, name, right));
  }
}

}  // namespace sslx::sweep
