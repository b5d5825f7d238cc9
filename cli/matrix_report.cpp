#include "cli/matrix_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/published_text.h"
#include "cli/report_cells.h"
#include "cli/table.h"
#include "host/record/matrix.h"

namespace sslx::cli {
namespace {

using nlohmann::json;
using record::Matrix;
using record::Pivot;
using Lines = std::vector<std::string>;

/// A matrix ready to be drawn.
struct Drawing {
  std::string heading;
  Table table;
};

/// Ours, and what is published of it where it is the one that is compared.
struct Comparison {
  Matrix ours;
  std::optional<Matrix> published;
};

std::vector<Comparison> comparisons_of(const Pivot& pivot) {
  std::vector<Comparison> out;
  bool compared = !pivot.published;
  for (Matrix& matrix : record::matrices_of(pivot)) {
    out.push_back({std::move(matrix), std::nullopt});
    if (compared || out.back().ours.column.metric != compared_metric(pivot)) continue;
    out.back().published = record::published_matrix(pivot, out.back().ours);
    compared = true;
  }
  return out;
}

std::string places(const Pivot& pivot) {
  Lines rows;
  Lines columns;
  for (const std::string& name : pivot.row_names) rows.push_back(short_name(name));
  for (const std::string& name : pivot.column_names) columns.push_back(short_name(name));
  return fmt::format("rows: {}, columns: {}", fmt::join(rows, ", "), fmt::join(columns, ", "));
}

/// Words where there is no number; "-" for what is missing.
template <typename Show>
Table matrix_table(const Pivot& pivot, const Matrix& matrix, Show show) {
  Table out{{}, pivot.row_names.size(), {}};
  for (const std::string& name : pivot.row_names) out.header.push_back(short_name(name));
  for (const auto& key : matrix.columns) out.header.push_back(key_label(pivot, key));
  if (!matrix.averages.empty()) out.header.emplace_back("average");
  const auto [least, greatest] = matrix.range().value_or(std::pair(0.0, 0.0));
  const auto cell_of = [low = least, high = greatest](double value, std::string text) {
    return TableCell{std::move(text), "", high > low ? (value - low) / (high - low) : 0.5};
  };
  for (size_t i = 0; i < matrix.rows.size(); ++i) {
    std::vector<TableCell>& row = out.rows.emplace_back();
    for (const std::string& part : matrix.rows[i]) row.push_back({part, ""});
    for (const record::MatrixCell& cell : matrix.cells[i]) {
      const std::string words = cell.planned && cell.words.empty() ? "-" : cell.words;
      row.push_back(cell.value ? cell_of(*cell.value, show(*cell.value)) : TableCell{words, ""});
      row.back().stale = cell.stale;
    }
    if (matrix.averages.empty()) continue;
    const record::MatrixAverage& average = matrix.averages[i];
    if (average.value) {
      const std::string text = shown_figure(matrix.column, *average.value);
      row.push_back(cell_of(*average.value, average.partial ? "~" + text : text));
      row.back().stale = average.stale;
    } else {
      row.push_back({"-", ""});
    }
  }
  return out;
}

Drawing draw_ours(const Pivot& pivot, const Matrix& matrix) {
  const auto show = [&](double value) { return shown_figure(matrix.column, value); };
  return {fmt::format("ours: {} ({})", metric_label(matrix.column), places(pivot)),
          matrix_table(pivot, matrix, show)};
}

Drawing draw_published(const Pivot& pivot, const Matrix& matrix) {
  const auto show = [&](double value) { return published_number(value, matrix.column.unit); };
  return {fmt::format("{}: {}", published_label(*pivot.published), metric_label(matrix.column)),
          matrix_table(pivot, matrix, show)};
}

std::string agreement(const record::RankCorrelation& found) {
  const std::string cells =
      fmt::format("{} {}cells that both have", found.cells, found.diagonal ? "off-diagonal " : "");
  if (!found.coefficient) {
    return fmt::format("rank correlation of ours and the published: none, from the {}", cells);
  }
  return fmt::format("rank correlation of ours and the published: {:.2f} (Spearman, the {})",
                     *found.coefficient, cells);
}

/// What is to be said under one matrix.
Lines remarks(const Comparison& one) {
  Lines out;
  if (one.ours.widest > 0) {
    out.push_back(fmt::format(
        "each cell is the mean over seeds; the widest 95 % interval (Student's t) is ± {}",
        shown_figure(one.ours.column, one.ours.widest)));
  }
  const auto partial = [](const Matrix& matrix) {
    return std::ranges::any_of(matrix.averages, [](const record::MatrixAverage& average) {
      return average.partial && average.value;
    });
  };
  if (partial(one.ours) || (one.published && partial(*one.published))) {
    out.emplace_back("~ the average of the cells that are there; others of the row are missing");
  }
  if (one.published) out.push_back(agreement(rank_correlation(one.ours, *one.published)));
  return out;
}

Lines lines_of(const std::string& text) {
  Lines out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

size_t shown_width(const std::string& line) { return display_width(without_colour(line)); }

size_t width_of(const Lines& lines) {
  size_t out = 0;
  for (const std::string& line : lines) out = std::max(out, shown_width(line));
  return out;
}

/// Blocks of lines, beside each other where they fit.
std::string arranged(const std::vector<Lines>& blocks, const Screen& screen) {
  constexpr size_t kGap = 4;
  std::string out;
  if (blocks.size() == 2 && width_of(blocks[0]) + kGap + width_of(blocks[1]) <= screen.width) {
    const size_t width = width_of(blocks[0]) + kGap;
    for (size_t i = 0; i < std::max(blocks[0].size(), blocks[1].size()); ++i) {
      const std::string left = i < blocks[0].size() ? blocks[0][i] : "";
      const std::string right = i < blocks[1].size() ? blocks[1][i] : "";
      out += fmt::format("{}{:{}}{}\n", left, "", width - shown_width(left), right);
    }
    return out;
  }
  for (const Lines& block : blocks) {
    if (!out.empty()) out += '\n';
    for (const std::string& line : block) out += line + '\n';
  }
  return out;
}

std::vector<Drawing> drawings_of(const Pivot& pivot, const Comparison& one) {
  std::vector<Drawing> out{draw_ours(pivot, one.ours)};
  if (one.published) out.push_back(draw_published(pivot, *one.published));
  return out;
}

json numbers(const std::optional<double>& value) { return value ? json(*value) : json(); }

json json_of(const Matrix& matrix) {
  json out{{"rows", matrix.rows}, {"columns", matrix.columns}, {"means", json::array()}};
  for (const auto& row : matrix.cells) {
    json& means = out["means"].emplace_back(json::array());
    for (const record::MatrixCell& cell : row) means.push_back(numbers(cell.value));
  }
  if (matrix.averages.empty()) return out;
  out["averages"] = json::array();
  for (const record::MatrixAverage& average : matrix.averages) {
    out["averages"].push_back({{"mean", numbers(average.value)}, {"partial", average.partial}});
  }
  return out;
}

}  // namespace

std::string matrix_text(const Pivot& pivot, const Screen& screen) {
  std::string out;
  for (const Comparison& one : comparisons_of(pivot)) {
    std::vector<Lines> blocks;
    for (const Drawing& drawing : drawings_of(pivot, one)) {
      blocks.push_back({drawing.heading});
      for (const std::string& line : lines_of(draw_text(drawing.table, screen.colour))) {
        blocks.back().push_back(line);
      }
    }
    out += (out.empty() ? "" : "\n") + arranged(blocks, screen) + '\n';
    for (const std::string& remark : remarks(one)) out += remark + '\n';
  }
  return out;
}

std::string matrix_markdown(const Pivot& pivot) {
  std::string out;
  for (const Comparison& one : comparisons_of(pivot)) {
    for (const Drawing& drawing : drawings_of(pivot, one)) {
      out += fmt::format("**{}**\n\n{}\n", markdown_escaped(drawing.heading),
                         draw_markdown(drawing.table));
    }
    for (const std::string& remark : remarks(one)) out += "- " + markdown_escaped(remark) + '\n';
  }
  return out;
}

std::string matrix_latex(const Pivot& pivot) {
  std::string out = "% needs \\usepackage{booktabs} and \\usepackage[table]{xcolor}\n";
  for (const Comparison& one : comparisons_of(pivot)) {
    for (const std::string& remark : remarks(one)) out += "% " + remark + '\n';
    for (const Drawing& drawing : drawings_of(pivot, one)) {
      out += fmt::format("{}\\par\n{}\\par\n", latex_escaped(drawing.heading),
                         draw_latex(drawing.table));
    }
  }
  return out;
}

json matrix_json(const Pivot& pivot) {
  json out = json::array();
  for (const Comparison& one : comparisons_of(pivot)) {
    const record::PivotColumn& column = one.ours.column;
    json& matrix = out.emplace_back(json_of(one.ours));
    matrix["metric"] = column.metric;
    matrix["unit"] = column.unit;
    matrix["protocol"] = column.protocol.empty() ? json() : json(column.protocol);
    if (!one.published) continue;
    const record::RankCorrelation found = rank_correlation(one.ours, *one.published);
    matrix["published"] = json_of(*one.published);
    matrix["published"]["id"] = pivot.published->text("id");
    matrix["published"]["recalled"] = pivot.published->recalled();
    matrix["rank_correlation"] = {{"spearman", numbers(found.coefficient)}, {"cells", found.cells}};
  }
  return out;
}

}  // namespace sslx::cli
