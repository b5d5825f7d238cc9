// `sslx show RUN`: everything that the record has of one run.
#include <fmt/format.h>

#include <memory>

#include "cli/context.h"
#include "cli/run_text.h"

namespace sslx::cli {

void add_show(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("show", "Print everything recorded of one run");
  auto run = std::make_shared<std::string>();
  verb->add_option("run", *run, "The run's id, or its beginning")->required();
  verb->callback([run, &context] {
    const auto opened = open_record(context);
    record::Database& database = *opened;
    fmt::print("{}", run_text(record::run_details(database, record::find_run(database, *run))));
  });
}

}  // namespace sslx::cli
