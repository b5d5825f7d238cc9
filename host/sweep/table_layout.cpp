#include "host/sweep/table_layout.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <set>

#include "host/sweep/keys.h"
#include "host/sweep/sections.h"

namespace sslx::sweep {
namespace {

using nlohmann::json;

Error wrong(const Config& table, const std::string& key, const char* right) {
  return input_error(fmt::format("{}: '{}' of the table is {}; it must be {}", table.origin(key),
                                 key, table.value.at(key).dump().substr(0, 60), right));
}

void read_list(const Config& table, const std::string& key, std::vector<std::string>& out) {
  if (!table.value.contains(key)) return;
  out = table.value.at(key).get<std::vector<std::string>>();
  std::set<std::string> seen;
  for (const std::string& name : out) {
    if (seen.insert(name).second) continue;
    throw input_error(fmt::format("{}: '{}' of the table has '{}' twice; each must differ",
                                  table.origin(key), key, name));
  }
}

Config read_names(const Config& choice, const std::string& key) {
  Config out = table_at(choice, key);
  for (const auto& [name, value] : out.value.items()) {
    if (value.is_string()) continue;
    throw input_error(fmt::format("{}: '{}' of the {} of published is {}; it must be a string",
                                  out.origin(name), name, key, value.dump().substr(0, 60)));
  }
  return out;
}

PublishedChoice read_published_choice(const Config& table) {
  PublishedChoice out;
  if (!table.value.contains("published")) return out;
  out.origin = table.origin("published");
  const json& value = table.value.at("published");
  if (value.is_object()) {
    const Config choice = table_at(table, "published");
    check_section(choice, "table.published");
    out.id = text_at(choice, "id");
    out.keys = read_names(choice, "keys");
    out.values = read_names(choice, "values");
    out.select = table_at(choice, "select");
  } else if (value.is_string()) {
    out.id = text_at(table, "published");
  }
  if (out.id.empty()) {
    throw wrong(table, "published",
                "the id of a published table, or a table with one, as { id = \"...\" }");
  }
  return out;
}

}  // namespace

json TableLayout::recorded() const {
  json out{{"rows", rows}, {"columns", columns}, {"metrics", metrics}};
  if (matrix) out["style"] = "matrix";
  if (average) out["average"] = true;
  if (!baseline.is_null()) out["baseline"] = baseline;
  if (!tuning.empty()) out["tuning"] = tuning;
  if (!published_table.is_null()) out["published"] = published_table;
  return out;
}

TableLayout read_table_layout(const Config& table) {
  const Parameters drawn = resolve_section(table, "table");
  TableLayout out;
  read_list(table, "rows", out.rows);
  read_list(table, "columns", out.columns);
  read_list(table, "metrics", out.metrics);
  for (const char* key : {"rows", "columns", "metrics"}) out.origins[key] = table.origin(key);
  out.matrix = drawn.choice("style") == "matrix";
  out.average = drawn.boolean("average");
  out.published = read_published_choice(table);
  out.tuning = text_at(table, "tuning");
  if (table.value.contains("baseline")) {
    const json& baseline = table.value.at("baseline");
    if (!baseline.is_object() || baseline.empty()) {
      throw wrong(table, "baseline", "values of a row, as { variant = \"SimCLR\" }");
    }
    out.origins["baseline"] = table.origin("baseline");
    for (const auto& [name, value] : baseline.items()) {
      check_key(name, out.rows, "the table's rows", out.origins["baseline"]);
    }
    out.baseline = baseline;
  }
  if (out.matrix && (out.rows.empty() || out.columns.empty())) {
    throw wrong(table, "style", "\"plain\", since a matrix needs rows and columns");
  }
  if (out.average && !out.matrix) {
    throw wrong(table, "average", "false, since only style = \"matrix\" has averages");
  }
  return out;
}

}  // namespace sslx::sweep
