#include "host/sweep/published_tables.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <sslx/parameters.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "host/record/pivot_data.h"
#include "host/sweep/keys.h"
#include "host/sweep/toml_reader.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const std::vector<std::string> kTexts{"id",     "paper", "arxiv",    "where", "dataset",
                                      "metric", "unit",  "verified", "note"};
/// What makes a figure one that can be judged; without them it is a rumour.
const std::vector<std::string> kNeeded{"id", "paper", "where", "metric", "verified"};

void check_row(const Config& row) {
  const json value = row.value.value("value", json());
  const json outcome = row.value.value("outcome", json());
  if (value.is_number() || (value.is_null() && outcome.is_string())) return;
  throw input_error(row.origin("") +
                    ": a published row has no figure; it must have value = NUMBER, or outcome = "
                    "\"words\" where the paper gives no number");
}

/// The table with every row complete: what is common to all is in each.
json read_one(const Config& table) {
  std::vector<std::string> known = kTexts;
  known.insert(known.end(), {"common", "rows"});
  check_keys(table, known, "a published table");
  json out = json::object();
  for (const std::string& key : kTexts) out[key] = text_at(table, key);
  for (const std::string& key : kNeeded) {
    if (!out[key].get<std::string>().empty()) continue;
    throw input_error(
        fmt::format("{}: a published table has no {}; it must have one", table.origin(""), key));
  }
  out["common"] = table_at(table, "common").value;
  out["rows"] = json::array();
  const Config rows = table.child("rows");
  if (!rows.value.is_array()) {
    throw input_error(table.origin("rows") + ": the rows of a published table must be a list");
  }
  for (size_t i = 0; i < rows.value.size(); ++i) {
    const Config row = table_at(rows, std::to_string(i));
    check_row(row);
    json whole = out["common"];
    whole.update(row.value);
    out["rows"].push_back(std::move(whole));
  }
  return out;
}

/// The tables of one folder by id.
std::map<std::string, json> read_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::map<std::string, json> out;
  for (const fs::path& file : files) {
    // published_rates.h, known_data.h
    if (file.filename() == "rates.toml" || file.filename() == "datasets.toml") continue;
    const Config document = read_toml(file);
    check_keys(document, {"table"}, "a file of published tables");
    const Config tables = document.child("table");
    for (size_t i = 0; i < tables.value.size(); ++i) {
      const Config table = table_at(tables, std::to_string(i));
      json read = read_one(table);
      const std::string id = read["id"];
      if (out.emplace(id, std::move(read)).second) continue;
      throw input_error(fmt::format("{}: two published tables are called '{}'; ids must differ",
                                    table.origin("id"), id));
    }
  }
  return out;
}

json find_table(const PublishedChoice& choice, const std::vector<fs::path>& folders) {
  std::vector<std::string> ids;
  std::vector<std::string> places;
  for (const fs::path& folder : folders) {
    const std::map<std::string, json> tables = read_folder(folder);
    if (const auto found = tables.find(choice.id); found != tables.end()) return found->second;
    for (const auto& [id, table] : tables) ids.push_back(id);
    places.push_back(folder.string());
  }
  const std::string near = nearest_word(choice.id, ids);
  throw input_error(fmt::format("{}: there is no published table '{}' in {}{}", choice.origin,
                                choice.id, fmt::join(places, " or "),
                                near.empty() ? "" : fmt::format("; the nearest is '{}'", near)));
}

std::vector<std::string> keys_of(const json& table) {
  std::set<std::string> keys;
  for (const json& row : table.at("rows")) {
    for (const auto& [key, value] : row.items()) keys.insert(key);
  }
  for (const char* key : {"value", "outcome", "derived", "verified"}) keys.erase(key);
  return {keys.begin(), keys.end()};
}

bool fits(const json& row, const json& select) {
  for (const auto& [key, value] : select.items()) {
    if (row.value(key, json()) != value) return false;
  }
  return true;
}

void apply_select(json& table, const PublishedChoice& choice,
                  const std::vector<std::string>& keys) {
  check_keys(choice.select, keys, fmt::format("published table '{}'", choice.id));
  json rows = json::array();
  for (const json& row : table["rows"]) {
    if (fits(row, choice.select.value)) rows.push_back(row);
  }
  if (rows.empty()) {
    throw input_error(fmt::format("{}: no row of the published table '{}' has {}", choice.origin,
                                  choice.id, choice.select.value.dump()));
  }
  table["metric"] = choice.select.value.value("metric", table["metric"]);
  table["rows"] = std::move(rows);
}

/// A slip of the pen: what our values stand for is nearly, but not quite what the paper's table
/// says. One that it has nothing like has no figure there, which may be so.
void check_values(const json& table, const PublishedChoice& choice,
                  const std::vector<std::string>& keys) {
  std::set<std::string> written;
  for (const json& row : table.at("rows")) {
    for (const std::string& key : keys) {
      if (row.contains(key)) written.insert(record::shown_value(row.at(key)));
    }
  }
  for (const auto& [ours, theirs] : choice.values.value.items()) {
    const std::string value = theirs;
    const std::string near = nearest_word(value, {written.begin(), written.end()});
    const bool word = std::ranges::any_of(value, [](unsigned char c) { return std::isalpha(c); });
    if (!word || near.empty() || near == value) continue;
    throw input_error(fmt::format(
        "{}: '{}' stands for '{}', which no row of the published table '{}' has; the nearest is "
        "'{}'",
        choice.values.origin(ours), ours, value, choice.id, near));
  }
}

/// The published key that a row or column of ours stands for; "" when there is none.
std::string partner(const std::string& name, const std::vector<std::string>& keys) {
  std::vector<std::string> candidates{name, name.substr(name.rfind('.') + 1)};
  if (name == "variant") candidates.emplace_back("method");
  for (const std::string& candidate : candidates) {
    if (std::ranges::count(keys, candidate) > 0) return candidate;
  }
  return "";
}

json matched_keys(const TableLayout& layout, const std::vector<std::string>& keys) {
  std::vector<std::string> names = layout.rows;
  names.insert(names.end(), layout.columns.begin(), layout.columns.end());
  const PublishedChoice& choice = layout.published;
  check_keys(choice.keys, names, "the table's rows and columns");
  json out = json::object();
  for (const std::string& name : names) {
    std::string theirs = partner(name, keys);
    if (choice.keys.value.contains(name)) {
      theirs = choice.keys.value[name];
      check_key(theirs, keys, fmt::format("published table '{}'", choice.id),
                choice.keys.origin(name));
    }
    if (!theirs.empty()) out[name] = theirs;
  }
  if (!out.empty()) return out;
  throw input_error(fmt::format(
      "{}: the published table '{}' has {}, and the table {}; they must share one, as keys = {{ "
      "\"{}\" = \"{}\" }}",
      choice.origin, choice.id, fmt::join(keys, ", "), fmt::join(names, ", "), names.front(),
      keys.empty() ? "..." : keys.front()));
}

}  // namespace

void find_published(TableLayout& layout, const std::vector<fs::path>& folders) {
  const PublishedChoice& choice = layout.published;
  if (choice.id.empty()) return;
  json table = find_table(choice, folders);
  const std::vector<std::string> keys = keys_of(table);
  check_values(table, choice, keys);
  apply_select(table, choice, keys);
  table["keys"] = matched_keys(layout, keys);
  table["values"] = choice.values.value;
  layout.published_table = std::move(table);
}

}  // namespace sslx::sweep
