#include "cli/report_cells.h"

#include <fmt/format.h>

#include <cmath>

#include "cli/load_text.h"
#include "cli/published_text.h"
#include "host/record/standing.h"

namespace sslx::cli {
namespace {

using record::PivotCell;
using record::PivotColumn;

/// One digit after the point for percents, two where the interval is that narrow.
TableCell percent_cell(const record::Statistic& statistic) {
  const double half = statistic.half_width.value_or(0);
  const int digits = half > 0 && half < 0.095 ? 2 : 1;
  TableCell out{fmt::format("{:.{}f}", statistic.mean, digits), ""};
  if (statistic.half_width) out.half_width = fmt::format("{:.{}f}", half, digits);
  return out;
}

TableCell number_cell(const record::Statistic& statistic) {
  TableCell out{fmt::format("{:.4g}", statistic.mean), ""};
  if (statistic.half_width) out.half_width = fmt::format("{:.2g}", *statistic.half_width);
  return out;
}

TableCell seeds_cell(const PivotCell& cell) {
  if (cell.samples.size() == cell.planned) return {std::to_string(cell.planned), ""};
  return {fmt::format("{}/{}", cell.samples.size(), cell.planned), ""};
}

/// Why there is no figure: "failed", "missing".
std::string state_words(const PivotCell& cell) {
  std::string out;
  for (const auto& [state, count] : cell.states) out += (out.empty() ? "" : ", ") + state;
  return out.empty() ? "-" : out;
}

/// "Δ to SimCLR"
std::string delta_header(const record::Pivot& pivot) {
  std::vector<std::string> values;
  for (const auto& [name, value] : pivot.baseline.items()) {
    values.push_back(record::shown_value(value));
  }
  return fmt::format("Δ to {}", fmt::join(values, ", "));
}

TableCell delta_cell(const PivotCell& cell) {
  if (!cell.delta) return {"", ""};
  TableCell out{fmt::format("{:+.1f}", cell.delta->mean), ""};
  if (cell.delta->half_width) out.half_width = fmt::format("{:.1f}", *cell.delta->half_width);
  return out;
}

/// Whether the published column comes after column i: the key's last of the metric that is
/// compared.
bool published_follows(const record::Pivot& pivot, size_t i) {
  if (!pivot.published || pivot.columns[i].metric != compared_metric(pivot)) return false;
  const bool last = i + 1 == pivot.columns.size();
  return last || pivot.columns[i + 1].metric != pivot.columns[i].metric ||
         pivot.columns[i + 1].key != pivot.columns[i].key;
}

std::string published_header(const record::Pivot& pivot) {
  const record::Published& published = *pivot.published;
  return fmt::format(
      "{} {}", published.recalled() ? "published (recalled)" : "published",
      metric_label({published.text("metric"), "", false, published.text("unit"), {}}));
}

}  // namespace

bool is_of_machine(const PivotColumn& column) {
  return column.metric == "images_per_second" || column.metric == "peak_memory" ||
         column.metric == "seconds";
}

std::string short_digest(const std::string& digest) { return digest.substr(0, 8); }

std::string shown_bytes(double bytes) {
  constexpr double kMebi = 1024.0 * 1024.0;
  if (bytes >= 1024 * kMebi) return fmt::format("{:.1f} GiB", bytes / (1024 * kMebi));
  return fmt::format("{:.0f} MiB", bytes / kMebi);
}

std::string short_name(const std::string& path) {
  const std::string last = path.substr(path.rfind('.') + 1);
  return last.find_first_not_of("0123456789") == std::string::npos ? path : last;
}

std::string metric_label(const PivotColumn& column) {
  if (column.metric == "images_per_second") return "images/s";
  if (column.metric == "peak_memory") return "peak memory";
  if (column.metric == "seconds") return "seconds";
  if (column.metric == "seeds") return "seeds";
  std::string name = column.metric;
  if (name == "knn_top1") name = "kNN top-1";
  if (name == "linear_top1") name = "linear top-1";
  return column.unit.empty() ? name : name + ' ' + column.unit;
}

std::string key_label(const record::Pivot& pivot, const std::vector<std::string>& key) {
  std::string out;
  for (size_t i = 0; i < key.size(); ++i) {
    const bool number = key[i].find_first_not_of("0123456789.eE+-, ") == std::string::npos;
    if (!out.empty()) out += ' ';
    out += number ? short_name(pivot.column_names[i]) + '=' + key[i] : key[i];
  }
  return out;
}

std::string column_label(const record::Pivot& pivot, const PivotColumn& column) {
  std::string out = key_label(pivot, column.key);
  out += (out.empty() ? "" : " ") + metric_label(column);
  return column.ambiguous ? out + " @" + short_digest(column.protocol) : out;
}

std::string shown_figure(const PivotColumn& column, double value) {
  if (column.metric == "images_per_second") return fmt::format("{:.0f}", value);
  if (column.metric == "peak_memory") return shown_bytes(value);
  if (column.metric == "seconds") return fmt::format("{:.1f}", value);
  return column.unit == "%" ? fmt::format("{:.1f}", value) : fmt::format("{:.4g}", value);
}

TableCell shown_cell(const PivotColumn& column, const PivotCell& cell) {
  if (cell.planned == 0) return {"", ""};
  if (column.metric == "seeds") return seeds_cell(cell);
  if (cell.samples.empty()) return {is_of_machine(column) ? "-" : state_words(cell), ""};
  const record::Statistic& statistic = cell.statistic;
  if (is_of_machine(column)) {
    const std::string figure = shown_figure(column, statistic.mean);
    return {is_disturbed(column, cell) ? figure + " (disturbed)" : figure, ""};
  }
  TableCell out = column.unit == "%" ? percent_cell(statistic) : number_cell(statistic);
  const auto collapsed = cell.states.find("collapsed");
  const bool all = collapsed != cell.states.end() && collapsed->second == cell.samples.size();
  out.collapsed = all && record::is_score(column);
  out.standing = cell.standing;
  return out;
}

bool is_stale(const record::Pivot& pivot, const PivotColumn& column, const PivotCell& cell) {
  return column.metric != "seeds" && !pivot.changed(cell).empty();
}

Table table_of(const record::Pivot& pivot) {
  Table out;
  out.labels = pivot.row_names.size();
  for (const std::string& name : pivot.row_names) out.header.push_back(short_name(name));
  for (const record::PivotRow& row : pivot.rows) {
    std::vector<TableCell>& cells = out.rows.emplace_back();
    for (const std::string& key : row.key) cells.push_back({key, ""});
  }
  for (size_t i = 0; i < pivot.columns.size(); ++i) {
    out.header.push_back(column_label(pivot, pivot.columns[i]));
    for (size_t row = 0; row < pivot.rows.size(); ++row) {
      const PivotCell& cell = pivot.rows[row].cells[i];
      out.rows[row].push_back(shown_cell(pivot.columns[i], cell));
      out.rows[row].back().stale = is_stale(pivot, pivot.columns[i], cell);
    }
    if (!pivot.baseline.is_null() && record::is_score(pivot.columns[i])) {
      out.header.push_back(delta_header(pivot));
      for (size_t row = 0; row < pivot.rows.size(); ++row) {
        out.rows[row].push_back(delta_cell(pivot.rows[row].cells[i]));
      }
    }
    if (!published_follows(pivot, i)) continue;
    const std::vector<std::string>& key = pivot.columns[i].key;
    const std::string label = key_label(pivot, key);
    out.header.push_back(label + (label.empty() ? "" : " ") + published_header(pivot));
    for (size_t row = 0; row < pivot.rows.size(); ++row) {
      out.rows[row].push_back(published_cell(pivot, pivot.rows[row].key, key));
    }
  }
  return out;
}

}  // namespace sslx::cli
