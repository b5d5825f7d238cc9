#include "cli/published_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "host/record/pivot_data.h"

namespace sslx::cli {
namespace {

using record::Pivot;
using record::Published;
using record::PublishedFigure;

/// "SimCLR v1 (arXiv:2002.05709), Figure 5: linear_top1 % on imagenet-1k, backbone resnet50"
std::string source_of(const Published& published) {
  std::string out = published.text("paper");
  const std::string arxiv = published.text("arxiv");
  if (!arxiv.empty() && arxiv != "-") out += fmt::format(" (arXiv:{})", arxiv);
  out += fmt::format(", {}: {} {} on {}", published.text("where"), published.text("metric"),
                     published.text("unit"), published.text("dataset"));
  // Named, since items() refers to it for as long as the loop runs.
  const nlohmann::json common = published.table().value("common", nlohmann::json::object());
  for (const auto& [key, value] : common.items()) {
    out += fmt::format(", {} {}", key, record::shown_value(value));
  }
  return out;
}

std::string certainty_of(const Published& published) {
  if (published.recalled()) {
    return "the published figures are recalled from memory; they were NOT read in any source";
  }
  return fmt::format("the published figures' source: {}", published.text("verified"));
}

/// Hands `take` each figure that belongs to a cell of the table.
template <typename Take>
void each_published_figure(const Pivot& pivot, Take take) {
  std::set<std::vector<std::string>> keys;
  for (const record::PivotColumn& column : pivot.columns) keys.insert(column.key);
  for (const record::PivotRow& row : pivot.rows) {
    for (const auto& key : keys) take(row.key, pivot.published_at(row.key, key));
  }
}

}  // namespace

std::string published_label(const Published& published) {
  return published.recalled() ? "published (recalled from memory)" : "published";
}

std::string published_number(double value, const std::string& unit) {
  if (unit == "%" && value * 10 == std::round(value * 10)) return fmt::format("{:.1f}", value);
  return fmt::format("{}", value);
}

std::string compared_metric(const Pivot& pivot) {
  const std::string metric = pivot.published->text("metric");
  const bool has = std::ranges::count(pivot.columns, metric, &record::PivotColumn::metric) > 0;
  return has || pivot.columns.empty() ? metric : pivot.columns.front().metric;
}

TableCell published_cell(const Pivot& pivot, const std::vector<std::string>& row,
                         const std::vector<std::string>& column) {
  const PublishedFigure figure = pivot.published_at(row, column);
  if (figure.rows == 0) return {"", ""};
  if (figure.rows > 1) return {"?", ""};
  const std::string text =
      figure.value ? published_number(*figure.value, pivot.published->text("unit")) : figure.words;
  return {figure.recalled() && !pivot.published->recalled() ? "*" + text : text, ""};
}

std::string published_conditions(const Pivot& pivot) {
  if (!pivot.published) return "";
  bool some = false;
  each_published_figure(
      pivot, [&](const auto&, const PublishedFigure& figure) { some = some || figure.rows > 0; });
  return some ? fmt::format("beside ours, and not comparable as numbers: {}",
                            source_of(*pivot.published))
              : "";
}

std::vector<std::string> published_notes(const Pivot& pivot) {
  if (!pivot.published) return {};
  const Published& published = *pivot.published;
  std::vector<std::string> out{
      fmt::format("published: {} [{}]", source_of(published), published.text("id")),
      certainty_of(published)};
  const std::string note = published.text("note");
  if (!note.empty()) out.push_back("published note: " + note);
  bool some = false;
  std::set<std::string> unclear;
  each_published_figure(pivot, [&](const auto& row, const PublishedFigure& figure) {
    some = some || (figure.rows == 1 && figure.recalled());
    if (figure.rows > 1) unclear.insert(fmt::format("{}", fmt::join(row, ", ")));
  });
  if (some && !published.recalled()) {
    out.emplace_back("* recalled from memory, NOT read in any source");
  }
  if (!unclear.empty()) {
    out.push_back(
        fmt::format("? several published rows fit {}; `select` of [table.published] in "
                    "the sweep file would choose one",
                    fmt::join(unclear, "; ")));
  }
  return out;
}

}  // namespace sslx::cli
