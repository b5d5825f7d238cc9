#include "cli/run_text.h"

#include <fmt/format.h>

#include <numeric>

#include "cli/load_text.h"
#include "cli/report_cells.h"
#include "cli/report_notes.h"
#include "cli/table.h"
#include "host/record/pivot_data.h"

namespace sslx::cli {
namespace {

using nlohmann::json;

std::string label(const record::RunSummary& run) {
  std::string out = run.variant;
  for (const auto& [path, value] : run.axes.items()) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", path, record::shown_value(value));
  }
  return out;
}

/// Two columns, names padded to the longest.
std::string listing(const std::vector<std::pair<std::string, std::string>>& lines) {
  size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, display_width(name));
  std::string out;
  for (const auto& [name, value] : lines) {
    out += fmt::format("  {}{}  {}\n", name, std::string(width - display_width(name), ' '), value);
  }
  return out;
}

std::string section(const std::string& title,
                    const std::vector<std::pair<std::string, std::string>>& lines) {
  return lines.empty() ? "" : fmt::format("\n{}\n{}", title, listing(lines));
}

/// "OMP_NUM_THREADS 2, MKL_CBWR AVX2"
std::string table_words(const json& table) {
  std::vector<std::string> words;
  for (const auto& [key, value] : table.items()) {
    words.push_back(fmt::format("{} {}", key, record::shown_value(value)));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string fact(const std::string& name, const json& value) {
  if (name.ends_with("memory_bytes")) return shown_bytes(value.get<double>());
  if (name == "energy_joules") return fmt::format("{:.4g} J", value.get<double>());
  if (name == "environment" || name == "determinism") return table_words(value);
  if (name == "load") return load_words(value);
  if (name == "channels_last" || name == "git_dirty") return value == 0 ? "no" : "yes";
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return record::shown_value(value);
}

}  // namespace

RunList::RunList() {
  const std::array<std::string_view, kColumns> header{"run",     "sweep", "trial",   "seed",
                                                      "attempt", "state", "seconds", "message"};
  for (size_t i = 0; i < kColumns; ++i) cell(i, header[i]);
}

void RunList::cell(size_t column, std::string_view text) {
  cells_ += text;
  sizes_.push_back(static_cast<uint32_t>(text.size()));
  widths_[column] = std::max(widths_[column], display_width(text));
}

void RunList::add(const record::RunSummary& run) {
  cell(0, run.id);
  cell(1, run.sweep);
  cell(2, label(run));
  cell(3, std::to_string(run.seed));
  cell(4, std::to_string(run.attempt));
  cell(5, run.state);
  cell(6, run.state == "running" ? "-" : fmt::format("{:.1f}", run.seconds));
  cell(7, run.message);
}

std::string RunList::text() const {
  if (sizes_.size() == kColumns) return "no such run is recorded\n";
  const auto is_number = [](size_t column) { return column == 3 || column == 4 || column == 6; };
  std::string out;
  out.reserve(sizes_.size() / kColumns *
              (std::accumulate(widths_.begin(), widths_.end(), size_t{0}) + 2 * kColumns));
  size_t at = 0;
  for (size_t i = 0; i < sizes_.size(); ++i) {
    const size_t column = i % kColumns;
    const std::string_view text = std::string_view(cells_).substr(at, sizes_[i]);
    const size_t padding = widths_[column] - display_width(text);
    at += sizes_[i];
    if (column > 0) out += "  ";
    if (is_number(column)) out.append(padding, ' ');
    out += text;
    if (!is_number(column)) out.append(padding, ' ');
    if (column + 1 < kColumns) continue;
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
  }
  return out;
}

std::string run_text(const record::RunDetails& run, const std::vector<ChainLink>& chain) {
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<std::pair<std::string, std::string>> plugins;
  std::vector<std::pair<std::string, std::string>> results;
  std::vector<std::pair<std::string, std::string>> metrics;
  std::vector<std::pair<std::string, std::string>> config;
  for (const auto& [name, value] : run.facts.items()) {
    if (!value.is_null() && value != json("") && value != json::object())
      facts.emplace_back(name, fact(name, value));
  }
  for (const record::PluginUse& plugin : run.plugins) {
    plugins.emplace_back(plugin.kind + ' ' + plugin.name,
                         plugin.version + "  " + plugin.sha256 +
                             (plugin.compiler.empty() ? "" : "  " + plugin.compiler));
  }
  for (const record::ResultEntry& result : run.results) {
    results.emplace_back(result.metric, fmt::format("{:.6g} {} @{}: {}", result.value, result.unit,
                                                    short_digest(result.fingerprint),
                                                    protocol_words(result.protocol)));
  }
  for (const record::MetricSummary& metric : run.metrics) {
    metrics.emplace_back(metric.name, fmt::format("{:.6g} ... {:.6g} ({} values)", metric.first,
                                                  metric.last, metric.count));
  }
  const json flat = run.config.flatten();
  for (const auto& [path, value] : flat.items()) {
    config.emplace_back(path.substr(1), record::shown_value(value));
  }
  std::string out = fmt::format("run {}: {}{}{}\n", run.summary.id, run.summary.state,
                                run.summary.message.empty() ? "" : ": ", run.summary.message);
  std::vector<std::pair<std::string, std::string>> links;
  for (const ChainLink& link : chain) {
    links.emplace_back(link.name,
                       link.what + (link.found.empty() ? "" : fmt::format(" [{}]", link.found)));
  }
  out += section("results", results) + section("from the figures to the bytes", links) +
         section("facts", facts) + section("plugins", plugins) + section("training", metrics) +
         section("configuration", config);
  for (const std::string& warning : run.warnings) out += "\nwarning: " + warning + '\n';
  return out;
}

}  // namespace sslx::cli
