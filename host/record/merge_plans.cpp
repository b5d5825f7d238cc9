#include "host/record/merge_plans.h"

#include <fmt/format.h>
#include <sslx/detail/digest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/record/merge_rows.h"
#include "host/record/sql.h"

namespace sslx::record {
namespace {

using nlohmann::json;

struct PlaceOfTrial {
  std::string trial;
  std::string variant;
  std::string axes;
};

struct Plan {
  std::map<std::string, json> fields;  ///< Columns, without id, number and used.
  std::vector<PlaceOfTrial> trials;
  std::string key = "";  ///< The same in two records, when it is the same plan.

  std::string text(const char* column) const {
    const json& value = fields.at(column);
    return value.is_string() ? value.get<std::string>() : "";
  }
  int64_t planned() const { return fields.at("planned").get<int64_t>(); }
};

json value_of(const SQLite::Column& column) {
  if (column.isNull()) return nullptr;
  if (column.isInteger()) return column.getInt64();
  return column.getString();
}

void read_trials(Connection& handle, const std::string& schema, int64_t id, Plan& plan) {
  SQLite::Statement row(handle, fmt::format("SELECT trial, variant, axes FROM {}.plan_trial "
                                            "WHERE plan = ? ORDER BY place",
                                            schema));
  row.bind(1, id);
  std::string lines;
  while (row.executeStep()) {
    plan.trials.push_back(
        {row.getColumn(0).getString(), row.getColumn(1).getString(), row.getColumn(2).getString()});
    const PlaceOfTrial& last = plan.trials.back();
    lines += json({last.trial, last.variant, last.axes}).dump() + '\n';
  }
  plan.key = sha256_hex(
      json({plan.text("sweep"), plan.text("digest"), plan.text("options"), lines}).dump());
}

/// All but those that merges made.
std::map<std::string, Plan> read_plans(Connection& handle, const std::string& schema) {
  std::map<std::string, Plan> out;
  SQLite::Statement row(handle, fmt::format("SELECT * FROM {}.plan WHERE joined = 0", schema));
  while (row.executeStep()) {
    Plan plan;
    for (int i = 0; i < row.getColumnCount(); ++i) {
      plan.fields[row.getColumnName(i)] = value_of(row.getColumn(i));
    }
    const auto id = plan.fields.at("id").get<int64_t>();
    for (const char* own : {"id", "number", "used"}) plan.fields.erase(own);
    read_trials(handle, schema, id, plan);
    out.emplace(plan.key, std::move(plan));
  }
  return out;
}

/// Of two records of one plan: what the one that was used last says, made when the first was.
void unite(Plan& ours, const Plan& theirs) {
  const json created = std::min(ours.fields.at("created"), theirs.fields.at("created"));
  if (std::pair(theirs.text("updated"), theirs.fields) >
      std::pair(ours.text("updated"), ours.fields)) {
    ours.fields = theirs.fields;
  }
  ours.fields["created"] = created;
}

/// The seeds of one configuration.
struct Group {
  std::string variant;
  std::string axes;
  std::string config;
  std::map<uint64_t, std::string> trials;  ///< By seed.
  std::string name() const { return json({variant, axes, config}).dump(); }
};

/// Configurations in the order of the file; nothing when one stands at two places.
std::optional<std::vector<Group>> groups_of(Connection& handle, const Plan& plan) {
  std::vector<Group> out;
  std::set<std::string> names;
  SQLite::Statement row(handle, "SELECT config_digest, seed FROM main.trial WHERE identity = ?");
  for (const PlaceOfTrial& place : plan.trials) {
    row.reset();
    row.bind(1, place.trial);
    row.executeStep();
    Group group{place.variant, place.axes, row.getColumn(0).getString(), {}};
    const auto seed = static_cast<uint64_t>(row.getColumn(1).getInt64());
    if (out.empty() || out.back().name() != group.name()) {
      if (!names.insert(group.name()).second) return std::nullopt;
      out.push_back(std::move(group));
    }
    out.back().trials.emplace(seed, place.trial);
  }
  return out;
}

std::vector<std::string> options_without_seeds(const Plan& plan) {
  const json options = json::parse(plan.text("options"), nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> out;
  for (size_t i = 0; options.is_array() && i < options.size(); ++i) {
    if (options[i] == "--seeds") {
      ++i;
    } else {
      out.push_back(options[i]);
    }
  }
  return out;
}

/// Plans of one file under the same options, and the seeds of all of them.
struct Family {
  std::vector<const Plan*> plans;
  std::vector<Group> groups;
};

/// The same for plans that differ in their seeds alone.
std::string family_key(const Plan& plan, const std::vector<Group>& groups) {
  json names = json::array();
  for (const Group& group : groups) names.push_back(group.name());
  return json({plan.text("sweep"), plan.text("digest"), options_without_seeds(plan),
               plan.text("layout"), names})
      .dump();
}

std::string word_of_shell(const std::string& word) {
  const char* const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string out = "'";
  for (const char letter : word) out += letter == '\'' ? std::string("'\\''") : std::string{letter};
  return out + '\'';
}

Plan joined(const Family& family) {
  const auto later = [](const Plan* a, const Plan* b) {
    return std::pair(a->text("updated"), a->key) < std::pair(b->text("updated"), b->key);
  };
  Plan out{(*std::ranges::max_element(family.plans, later))->fields, {}};
  for (const Plan* plan : family.plans) {
    out.fields["created"] = std::max(out.fields["created"], plan->fields.at("created"));
  }
  std::vector<uint64_t> seeds;
  for (const auto& [seed, trial] : family.groups.front().trials) seeds.push_back(seed);
  std::vector<std::string> options = options_without_seeds(*family.plans.front());
  options.insert(options.end(), {"--seeds", fmt::format("{}", fmt::join(seeds, ","))});
  std::set<std::string> distinct;
  for (const Group& group : family.groups) {
    for (const auto& [seed, trial] : group.trials) {
      out.trials.push_back({trial, group.variant, group.axes});
      distinct.insert(trial);
    }
  }
  out.fields["options"] = json(options).dump();
  out.fields["command"] =
      fmt::format("sslx sweep {} {}", word_of_shell(out.text("file")), fmt::join(options, " "));
  out.fields["planned"] = static_cast<int64_t>(distinct.size());
  out.fields["joined"] = 1;
  out.key = sha256_hex(family_key(out, family.groups));
  return out;
}

bool has_all(const Plan& plan, const Family& family) {
  size_t all = 0;
  for (const Group& group : family.groups) all += group.trials.size();
  return plan.trials.size() == all;
}

std::vector<Plan> joined_plans(Connection& handle, const std::map<std::string, Plan>& plans) {
  std::map<std::string, Family> families;
  for (const auto& [key, plan] : plans) {
    std::optional<std::vector<Group>> groups = groups_of(handle, plan);
    if (!groups || groups->empty()) continue;
    Family& family = families[family_key(plan, *groups)];
    family.plans.push_back(&plan);
    if (family.groups.empty()) family.groups = *groups;
    for (size_t i = 0; i < groups->size(); ++i) family.groups[i].trials.merge((*groups)[i].trials);
  }
  std::vector<Plan> out;
  for (const auto& [key, family] : families) {
    const auto whole = [&, &one = family](const Plan* plan) { return has_all(*plan, one); };
    if (std::ranges::none_of(family.plans, whole)) out.push_back(joined(family));
  }
  return out;
}

using Order = std::tuple<std::string, int64_t, std::string>;

Order order_of(const Plan& plan, const char* time) {
  return {plan.text(time), plan.planned(), plan.key};
}

void insert_plan(Connection& handle, const Plan& plan, int64_t id, int64_t number, int64_t used) {
  std::vector<std::string> columns{"id", "number", "used"};
  std::vector<json> values{id, number, used};
  for (const auto& [column, value] : plan.fields) {
    columns.push_back(column);
    values.push_back(value);
  }
  const std::vector<std::string> marks(columns.size(), "?");
  SQLite::Statement insert(handle, fmt::format("INSERT INTO main.plan ({}) VALUES ({})",
                                               fmt::join(columns, ", "), fmt::join(marks, ", ")));
  for (size_t i = 0; i < values.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    if (values[i].is_null()) {
      insert.bind(at);
    } else if (values[i].is_number()) {
      insert.bind(at, values[i].get<int64_t>());
    } else {
      insert.bind(at, values[i].get<std::string>());
    }
  }
  insert.exec();
  SQLite::Statement trial(handle,
                          "INSERT INTO main.plan_trial (plan, place, trial, variant, axes) VALUES "
                          "(?, ?, ?, ?, ?)");
  int64_t place = 0;
  for (const PlaceOfTrial& one : plan.trials) {
    run_prepared(trial, id, place++, one.trial, one.variant, one.axes);
  }
}

void write_plans(Connection& handle, std::vector<Plan> plans) {
  std::ranges::sort(plans, {}, [](const Plan& plan) { return order_of(plan, "updated"); });
  std::map<std::string, int64_t> used;
  for (const Plan& plan : plans) used.emplace(plan.key, static_cast<int64_t>(used.size()) + 1);
  std::ranges::sort(plans, {}, [](const Plan& plan) {
    return std::pair(plan.text("sweep"), order_of(plan, "created"));
  });
  handle.exec("DELETE FROM main.plan_trial; DELETE FROM main.plan");
  std::map<std::string, int64_t> numbers;
  int64_t id = 0;
  for (const Plan& plan : plans) {
    insert_plan(handle, plan, ++id, ++numbers[plan.text("sweep")], used.at(plan.key));
  }
}

}  // namespace

size_t count_new_plans(Connection& handle) {
  const std::map<std::string, Plan> ours = read_plans(handle, "main");
  size_t count = 0;
  for (const auto& [key, plan] : read_plans(handle, "other")) {
    const auto known = ours.find(key);
    if (known == ours.end()) {
      ++count;
      continue;
    }
    Plan both = known->second;
    unite(both, plan);
    if (both.fields != known->second.fields) ++count;
  }
  return count;
}

void unite_plans(Connection& handle) {
  std::map<std::string, Plan> plans = read_plans(handle, "main");
  for (auto& [key, plan] : read_plans(handle, "other")) {
    const auto [at, is_new] = plans.emplace(key, plan);
    if (!is_new) unite(at->second, plan);
  }
  std::vector<Plan> all = joined_plans(handle, plans);
  for (auto& [key, plan] : plans) all.push_back(std::move(plan));
  write_plans(handle, std::move(all));
}

}  // namespace sslx::record
