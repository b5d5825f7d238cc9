#include "host/record/published.h"

#include "host/record/pivot_data.h"

namespace sslx::record {
namespace {

using nlohmann::json;

/// A member without a copy of it; an empty object where there is none.
const json& member(const json& table, const char* key) {
  static const json none = json::object();
  const auto found = table.find(key);
  return found == table.end() ? none : *found;
}

}  // namespace

std::string Published::text(const char* key) const { return table_.value(key, std::string()); }

bool Published::recalled() const { return text("verified").starts_with("memory"); }

PublishedFigure Published::at(const std::vector<std::string>& names,
                              const std::vector<std::string>& key) const {
  const json& keys = member(table_, "keys");
  const json& values = member(table_, "values");
  const auto fits = [&](const json& row) {
    for (size_t i = 0; i < names.size(); ++i) {
      // A sweep without named variants shows its methods.
      const std::string other = names[i] == "method" ? "variant" : names[i];
      const std::string theirs = keys.value(names[i], keys.value(other, std::string()));
      if (theirs.empty()) continue;
      if (!row.contains(theirs)) return false;
      if (!is_same_value(values.value(key[i], key[i]), shown_value(row[theirs]))) return false;
    }
    return true;
  };
  PublishedFigure out;
  for (const json& row : member(table_, "rows")) {
    if (!fits(row)) continue;
    ++out.rows;
    const json& value = member(row, "value");
    if (value.is_number()) out.value = value.get<double>();
    out.words = row.value("outcome", std::string());
    out.verified = row.value("verified", text("verified"));
  }
  if (out.rows > 1) return {out.rows, {}, {}, {}};
  return out;
}

}  // namespace sslx::record
