// `sslx show RUN`: everything that the record has of one run, and the way to the bytes that made
// it.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/curve_text.h"
#include "cli/lost_runs.h"
#include "cli/run_chain.h"
#include "cli/run_text.h"
#include "host/record/differences.h"
#include "host/record/run_log.h"

namespace sslx::cli {
namespace {

constexpr size_t kLogLines = 60;

struct ShowOptions {
  std::string run;
  bool difference = false;
  bool log = false;
  bool json = false;
  bool curves = false;
  bool csv = false;
  std::vector<std::string> figures;
};

std::string kept_difference(record::Database& database, const std::string& run) {
  const auto text = record::difference_of(database, run);
  if (text) return *text;
  throw input_error(
      fmt::format("the record has no uncommitted changes of run {}", run),
      "`sslx show` says whether there were any: they are recorded from 0.1.0's schema 3 on, up to "
      "16 MiB");
}

/// The last lines of a text.
std::string tail(const std::string& text) {
  size_t at = text.size();
  for (size_t lines = 0; lines <= kLogLines && at > 0 && at != std::string::npos; ++lines) {
    at = text.rfind('\n', at - 1);
  }
  return at == 0 || at == std::string::npos ? text : text.substr(at + 1);
}

/// Of a run without a result: why it has none, in its own words.
std::string end_of_log(record::Database& database, const record::RunDetails& run) {
  const std::string& state = run.summary.state;
  if (!run.has_log || state == "completed" || state == "collapsed") return "";
  const std::string log = record::log_of(database, run.summary.id);
  const std::string end = tail(log);
  return fmt::format("\n{}\n{}{}", end == log ? "its log" : "the end of its log (all of it: --log)",
                     end, end.ends_with('\n') ? "" : "\n");
}

std::string curves_of(record::Database& database, const std::string& run,
                      const ShowOptions& options) {
  const record::Curves curves = chosen_curves(record::curves_of(database, run), options.figures);
  if (options.csv) return curves_csv(curves);
  std::string out;
  for (const auto& [name, points] : curves)
    out += (out.empty() ? "" : "\n") + curve_plot(name, points);
  return out.empty() ? fmt::format("run {} has no figures over a training\n", run) : out;
}

std::string shown(record::Database& database, const ShowOptions& options, const Context& context) {
  const std::string run = record::find_run(database, options.run);
  if (options.difference) return kept_difference(database, run);
  if (options.log) return record::log_of(database, run);
  if (options.curves) return curves_of(database, run, options);
  const record::RunDetails details = run_as_it_is(database, run, context);
  const std::vector<ChainLink> chain = chain_of(details, context);
  if (!options.json) return run_text(details, chain) + end_of_log(database, details);
  return run_json(details, chain).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
         '\n';
}

}  // namespace

void add_show(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("show", "Print everything recorded of one run");
  auto options = std::make_shared<ShowOptions>();
  verb->add_option("run", options->run, "The run's id, or its beginning")->required();
  CLI::Option* difference =
      verb->add_flag("--difference", options->difference,
                     "Only what was changed and not committed when its sweep began, as `git apply` "
                     "takes it");
  CLI::Option* log = verb->add_flag("--log", options->log, "Only the end of what it printed");
  verb->add_flag("--json", options->json, "All of it as JSON")->excludes(difference)->excludes(log);
  difference->excludes(log);
  CLI::Option* curves =
      verb->add_flag("--curves", options->curves, "Only its figures over the training, as plots")
          ->excludes(difference)
          ->excludes(log)
          ->excludes("--json");
  verb->add_flag("--csv", options->csv, "With --curves: as CSV, a line a step")->needs(curves);
  verb->add_option(
          "--figure", options->figures,
          "With --curves: only this one, as loss; may be given several times; default: all "
          "but the layers' gradients and the shares of time")
      ->needs(curves)
      ->allow_extra_args(false);
  verb->callback([options, &context] {
    const auto opened = open_record(context);
    fmt::print("{}", shown(*opened, *options, context));
  });
}

}  // namespace sslx::cli
