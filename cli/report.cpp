// `sslx report`: the sweeps of the record, or one sweep's table.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/lost_runs.h"
#include "cli/page_write.h"
#include "cli/report_cells.h"
#include "cli/report_render.h"
#include "cli/staleness.h"
#include "host/record/sweeps.h"

namespace sslx::cli {
namespace {

struct ReportOptions {
  std::string sweep;
  std::string format = "text";
  std::string color = "auto";
  int64_t plan = 0;
  std::string plugins;
  std::string by;
  std::string html;
  bool no_pictures = false;
};

std::string minutes_of(const std::string& time) {
  return time.size() < 16 ? "-" : time.substr(0, 10) + ' ' + time.substr(11, 5);
}

std::string list_of_sweeps(record::Database& database) {
  Table table{{"sweep", "trials done", "last run (UTC)", "plans", "title"}, 5, {}};
  for (const record::SweepSummary& sweep : record::list_sweeps(database)) {
    table.rows.push_back({{sweep.name, ""},
                          {fmt::format("{}/{}", sweep.done, sweep.planned), ""},
                          {minutes_of(sweep.last_run), ""},
                          {std::to_string(sweep.plans), ""},
                          {sweep.title, ""}});
  }
  if (table.rows.empty()) return "the record holds no sweep yet; `sslx sweep FILE` runs one\n";
  return draw_text(table);
}

record::TableRequest table_request(const ReportOptions& options) {
  return {options.sweep, options.plan, options.plugins, {}, !options.by.empty()};
}

std::string table_of_sweep(record::Database& database, const ReportOptions& options,
                           const Context& context) {
  record::Pivot pivot = record::pivot_sweep(database, table_request(options));
  mark_stale(pivot, context);
  mark_lost(pivot, database, context);
  return render_pivot(pivot, format_of(options.format), screen_of(options.color));
}

void report(const ReportOptions& options, const Context& context) {
  static_cast<void>(format_of(options.format));  // refused before anything is read
  if (options.sweep.empty() &&
      (options.plan != 0 || !options.plugins.empty() || !options.by.empty())) {
    throw input_error("--plan, --plugins and --by go with the name of a sweep",
                      "`sslx report` lists the sweeps");
  }
  const auto opened = open_record(context);
  record::Database& database = *opened;
  if (!options.html.empty()) {
    return write_pages(database, table_request(options), options.html, !options.no_pictures,
                       context);
  }
  fmt::print("{}", options.sweep.empty() ? list_of_sweeps(database)
                                         : table_of_sweep(database, options, context));
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("report", "List the recorded sweeps, or print one's table");
  auto options = std::make_shared<ReportOptions>();
  verb->add_option("sweep", options->sweep, "The sweep's name");
  verb->add_option("--format", options->format, "text, markdown, csv, latex or json")
      ->capture_default_str();
  verb->add_option("--color", options->color,
                   "auto, always or never: the colours of a matrix in text; auto is on a terminal, "
                   "unless NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  verb->add_option("--plan", options->plan,
                   "Which of the plans under the sweep's name (other --set values, another file); "
                   "default: the last used")
      ->check(CLI::Range(1, 1'000'000'000));
  CLI::Option* plugins = verb->add_option(
      "--plugins", options->plugins,
      "Only runs by the set of plugins whose digest, or of one of which the digest, begins so; "
      "default: the newest set by which all trials ended");
  verb->add_option("--by", options->by, "plugin: old and new plugins side by side, a row each")
      ->check(CLI::IsMember({"plugin"}))
      ->excludes(plugins);
  CLI::Option* html = verb->add_option(
      "--html", options->html,
      "Writes the report as one page that can be mailed: FILE.html, or a folder, which without a "
      "sweep's name gets a page of each and an index. It has the claims, curves, a contact sheet "
      "of "
      "the views, and what made each figure");
  verb->add_flag("--no-pictures", options->no_pictures, "With --html: draws no contact sheet")
      ->needs(html);
  verb->footer(
      "A figure that was made by a plugin, a host or data that have changed since is marked (†), "
      "and "
      "a\nnote says what changed; what is not here any more marks nothing.");
  verb->callback([options, &context] { report(*options, context); });
}

}  // namespace sslx::cli
