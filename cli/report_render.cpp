#include "cli/report_render.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/claim_text.h"
#include "cli/load_text.h"
#include "cli/matrix_report.h"
#include "cli/published_text.h"
#include "cli/report_cells.h"
#include "cli/report_notes.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using record::Pivot;
using record::PivotCell;
using record::PivotColumn;

std::string text_report(const Pivot& pivot, const Screen& screen) {
  std::string out = pivot.title.empty() ? pivot.name : pivot.name + ": " + pivot.title;
  if (const std::string other = published_conditions(pivot); !other.empty()) out += '\n' + other;
  out += "\n\n" + (pivot.matrix ? matrix_text(pivot, screen) : draw_text(table_of(pivot)) + '\n');
  for (const std::string& note : report_notes(pivot)) out += note + '\n';
  return out;
}

/// Where bold and underlined cells are seen.
std::vector<std::string> marked_notes(const Pivot& pivot) {
  std::vector<std::string> out = report_notes(pivot);
  const auto stands = [](const PivotCell& cell) {
    return cell.standing != record::Standing::kNone;
  };
  const bool some = std::ranges::any_of(pivot.rows, [&](const record::PivotRow& row) {
    return std::ranges::any_of(row.cells, stands);
  });
  if (some && !pivot.matrix) {
    out.insert(
        out.begin(),
        "bold: the best of its column; underlined: not told from it, since the 95 % interval "
        "of the differences between runs of one seed reaches over 0");
  }
  return out;
}

std::string markdown_report(const Pivot& pivot) {
  const std::string other = published_conditions(pivot);
  std::string out = fmt::format(
      "### {}\n\n{}{}\n", markdown_escaped(pivot.title.empty() ? pivot.name : pivot.title),
      other.empty() ? "" : markdown_escaped(other) + "\n\n",
      pivot.matrix ? matrix_markdown(pivot) : draw_markdown(table_of(pivot)));
  for (const std::string& note : marked_notes(pivot)) out += "- " + markdown_escaped(note) + '\n';
  return out;
}

std::string latex_report(const Pivot& pivot) {
  std::string out = fmt::format("% {}: {}\n", pivot.name, pivot.title);
  for (const std::string& note : marked_notes(pivot)) out += "% " + note + '\n';
  return out + (pivot.matrix ? matrix_latex(pivot) : draw_latex(table_of(pivot)));
}

/// Calls `take` for every cell that holds figures; how many seeds is said by each of them.
template <typename Take>
void each_cell(const Pivot& pivot, Take take) {
  for (const record::PivotRow& row : pivot.rows) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const PivotColumn& column = pivot.columns[i];
      if (column.metric != "seeds" && row.cells[i].planned > 0) take(row, column, row.cells[i]);
    }
  }
}

std::string seed_values(const PivotCell& cell) {
  std::vector<std::string> parts;
  for (const record::Sample& sample : cell.samples) {
    parts.push_back(fmt::format("{}:{}", sample.seed, sample.value));
  }
  return fmt::format("{}", fmt::join(parts, ";"));
}

/// The paper's figure, where the column is the one it is compared with.
record::PublishedFigure published_beside(const Pivot& pivot, const record::PivotRow& row,
                                         const PivotColumn& column) {
  if (!pivot.published || column.metric != compared_metric(pivot)) return {};
  return pivot.published_at(row.key, column.key);
}

void add_published(const Pivot& pivot, const record::PivotRow& row, const PivotColumn& column,
                   std::vector<std::string>& fields) {
  const record::PublishedFigure figure = published_beside(pivot, row, column);
  fields.push_back(figure.value ? fmt::format("{}", *figure.value) : figure.words);
  fields.push_back(figure.verified);
}

std::string csv_report(const Pivot& pivot) {
  std::vector<std::string> header = pivot.row_names;
  header.insert(header.end(), pivot.column_names.begin(), pivot.column_names.end());
  for (const char* name : {"metric", "unit", "protocol", "mean", "half_width_95", "seeds",
                           "seeds_planned", "values"}) {
    header.emplace_back(name);
  }
  if (pivot.published) header.insert(header.end(), {"published", "published_verified"});
  const bool disturbed = !disturbed_note(pivot).empty();
  if (disturbed) header.emplace_back("disturbed");
  const bool stale = std::ranges::any_of(
      pivot.origins, [](const record::Origin& origin) { return !origin.changed.empty(); });
  if (stale) header.emplace_back("stale");
  std::string out = csv_line(header);
  each_cell(pivot, [&](const auto& row, const PivotColumn& column, const PivotCell& cell) {
    std::vector<std::string> fields = row.key;
    fields.insert(fields.end(), column.key.begin(), column.key.end());
    const record::Statistic& statistic = cell.statistic;
    const auto number = [](double value) { return fmt::format("{}", value); };
    for (const std::string& field :
         {column.metric, column.unit, column.protocol,
          statistic.n == 0 ? "" : number(statistic.mean),
          statistic.half_width ? number(*statistic.half_width) : "", std::to_string(statistic.n),
          std::to_string(cell.planned), seed_values(cell)}) {
      fields.push_back(field);
    }
    if (pivot.published) add_published(pivot, row, column, fields);
    if (disturbed) fields.emplace_back(is_disturbed(column, cell) ? "yes" : "");
    if (stale) fields.push_back(fmt::format("{}", fmt::join(pivot.changed(cell), "; ")));
    out += csv_line(fields);
  });
  return out;
}

json keyed(const std::vector<std::string>& names, const std::vector<std::string>& values) {
  json out = json::object();
  for (size_t i = 0; i < names.size(); ++i) out[names[i]] = values[i];
  return out;
}

json figure_json(const Pivot& pivot, const record::PivotRow& row, const PivotColumn& column,
                 const PivotCell& cell) {
  const record::Statistic& statistic = cell.statistic;
  json values = json::array();
  for (const record::Sample& sample : cell.samples) {
    values.push_back({{"seed", sample.seed}, {"value", sample.value}, {"run", sample.run}});
    if (sample.disturbed && is_disturbed(column, cell)) values.back()["disturbed"] = true;
    const std::vector<std::string>& changed = pivot.origins.at(sample.origin).changed;
    if (!changed.empty()) values.back()["stale"] = changed;
  }
  json out{{"row", keyed(pivot.row_names, row.key)},
           {"column", keyed(pivot.column_names, column.key)},
           {"metric", column.metric},
           {"unit", column.unit},
           {"protocol", column.protocol.empty() ? json() : json(column.protocol)},
           {"mean", statistic.n == 0 ? json() : json(statistic.mean)},
           {"half_width_95", statistic.half_width ? json(*statistic.half_width) : json()},
           {"seeds", statistic.n},
           {"seeds_planned", cell.planned},
           {"values", values}};
  if (cell.standing != record::Standing::kNone) {
    out["standing"] = cell.standing == record::Standing::kBest ? "best" : "tied";
  }
  if (cell.delta) {
    out["delta"] = {
        {"mean", cell.delta->mean},
        {"half_width_95", cell.delta->half_width ? json(*cell.delta->half_width) : json()},
        {"seeds", cell.delta->n}};
  }
  if (!cell.states.empty()) out["states"] = cell.states;
  const record::PublishedFigure published = published_beside(pivot, row, column);
  if (published.rows == 1) {
    out["published"] = {{"value", published.value ? json(*published.value) : json(published.words)},
                        {"verified", published.verified}};
  }
  return out;
}

json plan_json(const record::PlanSummary& plan) {
  return {{"number", plan.number},
          {"file", plan.file},
          {"file_sha256", plan.digest},
          {"options", plan.options},
          {"last_used", plan.updated}};
}

}  // namespace

json report_json(const Pivot& pivot) {
  json out{{"sweep", pivot.name},          {"title", pivot.title},
           {"row_names", pivot.row_names}, {"column_names", pivot.column_names},
           {"baseline", pivot.baseline},   {"figures", json::array()},
           {"protocols", json::object()},  {"runs", json::array()},
           {"missing", pivot.missing},     {"warnings", pivot.warnings},
           {"stale_runs", pivot.stale},    {"machines", pivot.machines},
           {"versions", pivot.versions},   {"plan", plan_json(pivot.plan)},
           {"other_plans", json::array()}, {"plugins", pivot.digests},
           {"changes", pivot.changes},     {"builds", json::array()},
           {"claims", json::array()}};
  for (const record::ClaimVerdict& claim : pivot.claims) out["claims"].push_back(claim_json(claim));
  for (const record::PlanSummary& plan : pivot.other_plans) {
    out["other_plans"].push_back(plan_json(plan));
  }
  for (const record::BuildUse& build : pivot.builds) {
    out["builds"].push_back({{"digest", build.fingerprint},
                             {"differs_in", build.words},
                             {"trials_ended", build.done},
                             {"trials_planned", build.planned},
                             {"shown", build.shown}});
  }
  for (const record::HomeUse& use : pivot.homes) {
    out["homes"].push_back(
        {{"home", use.home}, {"machines", use.hosts}, {"seeds", use.seeds}, {"runs", use.runs}});
  }
  each_cell(pivot, [&](const auto& row, const PivotColumn& column, const PivotCell& cell) {
    out["figures"].push_back(figure_json(pivot, row, column, cell));
  });
  if (pivot.matrix) out["matrices"] = matrix_json(pivot);
  if (pivot.published) out["published"] = pivot.published->table();
  for (const record::ProtocolUse& use : pivot.protocols) {
    out["protocols"][use.fingerprint] = use.protocol;
  }
  for (const record::RunNote& note : pivot.notes) {
    out["runs"].push_back({{"run", note.run},
                           {"trial", note.label},
                           {"state", note.state},
                           {"message", note.message}});
  }
  return out;
}

std::string render_pivot(const Pivot& pivot, Format format, const Screen& screen) {
  switch (format) {
    case Format::kMarkdown:
      return markdown_report(pivot);
    case Format::kCsv:
      return csv_report(pivot);
    case Format::kLatex:
      return latex_report(pivot);
    case Format::kJson:
      return report_json(pivot).dump(2, ' ', false, json::error_handler_t::replace) + '\n';
    case Format::kText:
      break;
  }
  return text_report(pivot, screen);
}

std::string render_sweep(record::Database& database, const record::TableRequest& request,
                         Format format, const Screen& screen) {
  return render_pivot(record::pivot_sweep(database, request), format, screen);
}

}  // namespace sslx::cli
