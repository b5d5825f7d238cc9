// `sslx diff RUN RUN`: what tells two runs apart.
#include <fmt/format.h>

#include <memory>

#include "cli/context.h"
#include "cli/run_text.h"

namespace sslx::cli {

void add_diff(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("diff", "Print what differs between two recorded runs");
  auto runs = std::make_shared<std::pair<std::string, std::string>>();
  verb->add_option("first", runs->first, "A run's id, or its beginning")->required();
  verb->add_option("second", runs->second, "Another run's id, or its beginning")->required();
  verb->callback([runs, &context] {
    const auto opened = open_record(context);
    record::Database& database = *opened;
    const auto details = [&](const std::string& prefix) {
      return record::run_details(database, record::find_run(database, prefix));
    };
    fmt::print("{}", difference_text(details(runs->first), details(runs->second)));
  });
}

}  // namespace sslx::cli
