// `sslx help [VERB]`, of `sweep` with the keys of its file, and `sslx version`.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/sweep_help.h"
#include "cli/verbs.h"

namespace sslx::cli {
namespace {

using Words = std::vector<std::string>;

/// The words after the verb that they begin with.
Words after_verb(const FoundVerb& found, const Words& words) {
  size_t verbs = 0;
  for (const CLI::App* at = found.verb; at->get_parent() != nullptr; at = at->get_parent()) ++verbs;
  return {words.begin() + static_cast<std::ptrdiff_t>(std::min(verbs, words.size())), words.end()};
}

/// As `sslx VERB --help` prints it; App::help() would be of the verb `help`, which is running.
std::string help_of(const CLI::App& verb) {
  return verb.get_formatter()->make_help(&verb, path_of(verb), CLI::AppFormatMode::Normal);
}

void print_help(const CLI::App& app, const Words& words) {
  const FoundVerb found = find_verb(app, words);
  if (!found.unknown.empty()) throw input_error(unknown_verb(found));
  const Words rest = after_verb(found, words);
  const bool sweep = path_of(*found.verb) == "sslx sweep";
  if (rest.size() > (sweep ? 1 : 0)) {
    throw input_error(fmt::format("`sslx help` takes a verb, not '{}' after it", rest.back()));
  }
  if (rest.empty()) fmt::print("{}", help_of(*found.verb));
  if (sweep && rest.empty()) fmt::print("\nThe keys of a sweep file, section by section:\n\n");
  if (sweep) fmt::print("{}", sweep_file_help(rest.empty() ? "" : rest.front()));
}

}  // namespace

void add_help(CLI::App& app, Context&) {
  CLI::App* verb = app.add_subcommand("help", "Prints the help of a verb");
  const auto words = std::make_shared<Words>();
  verb->add_option(
      "VERB", *words,
      "The verb; after `sweep` a section of a sweep file, as train or data, whose keys "
      "are printed");
  verb->callback([&app, words] { print_help(app, *words); });
  app.add_subcommand("version", "Prints the version")->callback([] {
    fmt::print("sslx {}\n", SSLX_VERSION);
  });
}

}  // namespace sslx::cli
