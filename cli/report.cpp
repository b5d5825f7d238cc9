// `sslx report`: the sweeps of the record, or one sweep's table.
#include "cli/report.h"

#include <fmt/format.h>

#include <memory>

#include "cli/context.h"
#include "host/record/sweeps.h"

namespace sslx::cli {
namespace {

struct ReportOptions {
  std::string sweep;
  std::string format = "text";
  std::string color = "auto";
};

std::string minutes_of(const std::string& time) {
  return time.size() < 16 ? "-" : time.substr(0, 10) + ' ' + time.substr(11, 5);
}

std::string list_of_sweeps(record::Database& database) {
  Table table{{"sweep", "trials done", "last run (UTC)", "title"}, 4, {}};
  for (const record::SweepSummary& sweep : record::list_sweeps(database)) {
    table.rows.push_back({{sweep.name, ""},
                          {fmt::format("{}/{}", sweep.done, sweep.planned), ""},
                          {minutes_of(sweep.last_run), ""},
                          {sweep.title, ""}});
  }
  if (table.rows.empty()) return "the record holds no sweep yet; `sslx sweep FILE` runs one\n";
  return draw_text(table);
}

void report(const ReportOptions& options, const Context& context) {
  const Format format = format_of(options.format);
  record::Database database(context.database(), record::Access::kRead);
  fmt::print("{}", options.sweep.empty()
                       ? list_of_sweeps(database)
                       : render_sweep(database, options.sweep, format, screen_of(options.color)));
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
  verb->callback([options, &context] { report(*options, context); });
}

}  // namespace sslx::cli
