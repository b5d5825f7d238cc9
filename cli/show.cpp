// `sslx show RUN`: everything that the record has of one run, and the way to the bytes that made
// it.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/run_chain.h"
#include "cli/run_text.h"
#include "host/record/differences.h"
#include "host/record/run_log.h"

namespace sslx::cli {
namespace {

struct ShowOptions {
  std::string run;
  bool difference = false;
  bool log = false;
  bool json = false;
};

std::string kept_difference(record::Database& database, const std::string& run) {
  const auto text = record::difference_of(database, run);
  if (text) return *text;
  throw input_error(
      fmt::format("the record has no uncommitted changes of run {}", run),
      "`sslx show` says whether there were any: they are recorded from 0.1.0's schema 3 on, up to "
      "16 MiB");
}

std::string shown(record::Database& database, const ShowOptions& options, const Context& context) {
  const std::string run = record::find_run(database, options.run);
  if (options.difference) return kept_difference(database, run);
  if (options.log) return record::log_of(database, run);
  const record::RunDetails details = record::run_details(database, run);
  const std::vector<ChainLink> chain = chain_of(details, context);
  if (!options.json) return run_text(details, chain);
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
  verb->callback([options, &context] {
    const auto opened = open_record(context);
    fmt::print("{}", shown(*opened, *options, context));
  });
}

}  // namespace sslx::cli
