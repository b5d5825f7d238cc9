// `sslx db`: what concerns the database's file as a whole.
#include <fmt/format.h>

#include <memory>

#include "cli/context.h"
#include "host/record/rebuild.h"

namespace sslx::cli {
namespace {

void rebuild(const Context& context) {
  const record::Rebuilt made = record::rebuild(context.database());
  fmt::print("{} is made anew: {} runs from {}, {} plans\n", context.database().string(), made.runs,
             context.runs().string(), made.plans);
  if (made.from_old > 0) {
    fmt::print("{} runs have no folder any more and are taken from the old file\n", made.from_old);
  }
  if (!made.backup.empty()) fmt::print("the old file is {}\n", made.backup.string());
  for (const std::string& note : made.notes) fmt::print("{}\n", note);
}

}  // namespace

void add_db(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand("db", "Make the database anew, or a copy of it");
  verb->require_subcommand(1);
  CLI::App* anew = verb->add_subcommand(
      "rebuild", "Makes the database anew from what lies in runs/; the old file is kept");
  anew->footer(
      "A sweep that runs meanwhile ends, since its database is another one then; the same command\n"
      "goes on with it. Plans, and runs that ended without a trace in their folders, are in\n"
      "runs/record.jsonl.");
  anew->callback([&context] { rebuild(context); });
  CLI::App* copy = verb->add_subcommand(
      "backup", "Makes a copy of the database as it is now, also while sweeps run");
  const auto file = std::make_shared<std::string>();
  copy->add_option("FILE", *file, "The copy, which must not be there yet")->required();
  copy->callback([file, &context] { open_record(context)->back_up(*file); });
}

}  // namespace sslx::cli
