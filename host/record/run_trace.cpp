#include "host/record/run_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include "host/record/loss_trace.h"
#include "host/record/sql.h"
#include "host/record/tolerance.h"

namespace sslx::record {
namespace {

using nlohmann::json;

/// Measures of the machine and its load, which no two runs share.
bool is_measure(const std::string& name) {
  return name == "images_per_second" || name == "peak_device_memory_bytes" ||
         name.starts_with("share_") || name.ends_with("_seconds");
}

std::string text_at(SQLite::Statement& row, int column) {
  return row.getColumn(column).getString();
}

void read_run(Connection& handle, const std::string& run, RunTrace& out) {
  SQLite::Statement row(handle,
                        "SELECT state, message, coalesce(weights_sha256, ''), device, "
                        "coalesce(cpu_name, device_name), threads, precision, libtorch_version, "
                        "host_sha256, CASE WHEN device != 'cpu' THEN device_name ELSE '' END "
                        "FROM run WHERE id = ?");
  row.bind(1, run);
  if (!row.executeStep()) return;
  out.state = text_at(row, 0);
  out.message = text_at(row, 1);
  out.weights = text_at(row, 2);
  out.place = {{"device", text_at(row, 3)},     {"processor", text_at(row, 4)},
               {"threads", text_at(row, 5)},    {"precision", text_at(row, 6)},
               {"LibTorch", text_at(row, 7)},   {"host", text_at(row, 8)},
               {"accelerator", text_at(row, 9)}};
}

void read_results(Connection& handle, const std::string& run, RunTrace& out) {
  SQLite::Statement row(handle,
                        "SELECT metric || ' @' || substr(protocol, 1, 8), value, unit, "
                        "coalesce(predictions, ''), coalesce(json_extract(json, "
                        "'$.test_images'), 0) FROM result JOIN protocol ON fingerprint = protocol "
                        "WHERE run = ? ORDER BY line");
  row.bind(1, run);
  while (row.executeStep()) {
    const SQLite::Column value = row.getColumn(1);
    out.results[text_at(row, 0)] = {value.isNull() ? std::nan("") : value.getDouble(),
                                    text_at(row, 2), text_at(row, 3), row.getColumn(4).getInt64()};
  }
}

void read_metrics(Connection& handle, const std::string& run, RunTrace& out) {
  SQLite::Statement row(handle,
                        "SELECT name, step, value FROM metric WHERE run = ? ORDER BY line, name");
  row.bind(1, run);
  while (row.executeStep()) {
    const std::string name = text_at(row, 0);
    if (is_measure(name)) continue;
    const SQLite::Column value = row.getColumn(2);
    out.metrics[{name, row.getColumn(1).getInt64()}].push_back(value.isNull() ? std::nan("")
                                                                              : value.getDouble());
  }
}

void read_losses(Connection& handle, const std::string& run, RunTrace& out) {
  for (const auto& [stage, steps] : losses_of(handle, run)) {
    for (const auto& [step, loss] : steps) out.losses[{stage, step}] = loss;
  }
}

bool is_same(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}
bool is_same(float a, float b) { return is_same(double{a}, double{b}); }
bool is_same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, [](double x, double y) { return is_same(x, y); });
}

json number_json(double value) { return std::isfinite(value) ? json(value) : json(); }
json number_json(float value) { return number_json(double{value}); }
json number_json(const std::vector<double>& values) {
  return values.empty() ? json() : number_json(values.front());
}

/// How many of the steps that both have differ, and the first that does.
template <typename Value>
json differing_steps(const std::map<std::pair<std::string, int64_t>, Value>& then,
                     const std::map<std::pair<std::string, int64_t>, Value>& now) {
  json out{{"compared", 0}, {"differing", 0}};
  std::optional<int64_t> first;
  for (const auto& [key, value] : then) {
    const auto other = now.find(key);
    if (other == now.end()) continue;
    out["compared"] = out["compared"].get<int64_t>() + 1;
    if (is_same(value, other->second)) continue;
    out["differing"] = out["differing"].get<int64_t>() + 1;
    if (first && *first <= key.second) continue;
    first = key.second;
    out["first"] = {{"name", key.first},
                    {"step", key.second},
                    {"then", number_json(value)},
                    {"now", number_json(other->second)}};
  }
  return out;
}

/// Each result that differs, in figures or in predictions.
json differing_results(const RunTrace& then, const RunTrace& now) {
  json out = json::array();
  for (const auto& [name, result] : then.results) {
    const auto other = now.results.find(name);
    if (other == now.results.end()) {
      out.push_back({{"result", name}, {"then", number_json(result.value)}, {"now", nullptr}});
      continue;
    }
    const TracedResult& again = other->second;
    if (is_same(result.value, again.value) && result.predictions == again.predictions) continue;
    json one{{"result", name},
             {"then", number_json(result.value)},
             {"now", number_json(again.value)},
             {"difference", number_json(std::abs(result.value - again.value))}};
    if (result.unit == "%" && result.test_images > 0) {
      one["tolerance"] = tolerance(result.value, result.test_images);
    }
    out.push_back(std::move(one));
  }
  for (const auto& [name, result] : now.results) {
    if (then.results.contains(name)) continue;
    out.push_back({{"result", name}, {"then", nullptr}, {"now", number_json(result.value)}});
  }
  return out;
}

bool is_within(const json& result) {
  return result.contains("tolerance") && result.value("difference", json()).is_number() &&
         result["difference"].get<double>() <= result["tolerance"].get<double>();
}

/// "threads: 2 then, 1 now" of what both know.
json differing_places(const RunTrace& then, const RunTrace& now) {
  json out = json::array();
  for (const auto& [name, value] : then.place) {
    const auto other = now.place.find(name);
    if (other == now.place.end() || value.empty() || other->second.empty()) continue;
    if (value == other->second) continue;
    out.push_back({{"what", name}, {"then", value}, {"now", other->second}});
  }
  return out;
}

/// "knn_top1 @1a2b3c4d 41.5 then, 42.0 now, 0.5 apart, 2.1 allowed"
std::string result_words(const json& result) {
  const auto figure = [&](const char* key) {
    return result.value(key, json()).is_number() ? fmt::format("{:.4g}", result[key].get<double>())
                                                 : std::string("none");
  };
  std::string out = fmt::format("{} {} then, {} now", result["result"].get<std::string>(),
                                figure("then"), figure("now"));
  if (result.contains("tolerance")) {
    out +=
        fmt::format(", {} apart, {} allowed elsewhere", figure("difference"), figure("tolerance"));
  }
  return out;
}

std::string words_of(const json& details) {
  std::vector<std::string> words;
  for (const json& result : details["results"]) words.push_back(result_words(result));
  if (details.contains("weights")) words.emplace_back("other weights");
  for (const char* kind : {"losses", "metrics"}) {
    const json& steps = details[kind];
    if (!steps.contains("first")) continue;
    words.push_back(fmt::format("{} of {} {} differ, first {} at step {}",
                                steps["differing"].get<int64_t>(), steps["compared"].get<int64_t>(),
                                kind, steps["first"]["name"].get<std::string>(),
                                steps["first"]["step"].get<int64_t>()));
  }
  for (const json& place : details["elsewhere"]) {
    const auto brief = [](const json& value) {
      const auto text = value.get<std::string>();
      return text.size() == 64 ? text.substr(0, 8) : text;  // a digest
    };
    words.push_back(fmt::format("{}: {} then, {} now", place["what"].get<std::string>(),
                                brief(place["then"]), brief(place["now"])));
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

std::string agreement(const RunTrace& then, const json& details) {
  return fmt::format(
      "weights, {} result{} with their predictions, {} metrics and the losses of {} steps are the "
      "same",
      then.results.size(), then.results.size() == 1 ? "" : "s",
      details["metrics"]["compared"].get<int64_t>(), details["losses"]["compared"].get<int64_t>());
}

}  // namespace

RunTrace read_trace(Database& database, const std::string& run) {
  RunTrace out;
  database.read([&](Connection& handle) {
    read_run(handle, run, out);
    read_results(handle, run, out);
    read_metrics(handle, run, out);
    read_losses(handle, run, out);
  });
  return out;
}

TraceComparison compare_traces(const RunTrace& then, const RunTrace& now) {
  json details{{"results", differing_results(then, now)},
               {"metrics", differing_steps(then.metrics, now.metrics)},
               {"losses", differing_steps(then.losses, now.losses)},
               {"elsewhere", differing_places(then, now)}};
  if (then.weights != now.weights)
    details["weights"] = {{"then", then.weights}, {"now", now.weights}};
  if (then.state != now.state) {
    return {"failed",
            fmt::format("it is {} now and was {}{}{}", now.state, then.state,
                        now.message.empty() ? "" : ": ", now.message),
            details};
  }
  const bool same = details["results"].empty() && !details.contains("weights") &&
                    details["metrics"]["differing"] == 0 && details["losses"]["differing"] == 0;
  if (same) return {"same bits", agreement(then, details), details};
  const bool within =
      !details["elsewhere"].empty() && std::ranges::all_of(details["results"], is_within);
  return {within ? "within tolerance" : "different", words_of(details), details};
}

}  // namespace sslx::record
