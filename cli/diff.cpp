// `sslx diff RUN RUN`: what tells two runs apart.
#include <fmt/format.h>

#include <memory>

#include "cli/context.h"
#include "cli/run_text.h"

namespace sslx::cli {

void add_diff(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("diff", "Print what differs between two recorded runs");
  verb->footer(
      "From the configuration to the compilers and the environment, by how much the results "
      "differ, "
      "the\ntraining at the last step that both have, and the first step at which the losses are "
      "not "
      "the same\nbits.");
  auto runs = std::make_shared<std::pair<std::string, std::string>>();
  verb->add_option("first", runs->first, "A run's id, or its beginning")->required();
  verb->add_option("second", runs->second, "Another run's id, or its beginning")->required();
  verb->callback([runs, &context] {
    const auto opened = open_record(context);
    record::Database& database = *opened;
    const std::string first = record::find_run(database, runs->first);
    const std::string second = record::find_run(database, runs->second);
    fmt::print("{}", difference_text(record::compare_runs(database, first, second)));
  });
}

}  // namespace sslx::cli
