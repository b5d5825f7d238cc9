// `sslx bundle` and `sslx unbundle`: a sweep as one file for another group, and such a file taken
// in.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/number_check.h"
#include "cli/output_name.h"
#include "cli/report_cells.h"
#include "host/record/home.h"
#include "host/sweep/bundle.h"

namespace sslx::cli {
namespace {

struct UnbundleChoice {
  std::filesystem::path file;
  double most_gib = 16;
};

void bundle(const sweep::BundleOptions& given, const Context& context) {
  check_ending("file", given.file, ".tar.zst", "a bundle");
  const auto database = open_record(context);
  sweep::BundleOptions options = given;
  options.home = context.home;
  const sweep::BundleSummary made = sweep::make_bundle(*database, options);
  for (const std::string& note : made.notes) fmt::print("{}\n", note);
  fmt::print("{}: {} runs, {} plugins, {} files of {} together\n", options.file.string(), made.runs,
             made.plugins, made.files, shown_bytes(static_cast<double>(made.bytes)));
}

void unbundle(const UnbundleChoice& choice, const Context& context) {
  constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
  const auto most = static_cast<uint64_t>(choice.most_gib * kGib);
  static_cast<void>(sweep::check_bundle(choice.file, most));  // before there is a home
  record::Database database(context.database());
  static_cast<void>(record::home_id(database, context.runs()));
  const sweep::Unbundled taken = sweep::take_bundle(database, {context.home, choice.file, most});
  for (const std::string& note : taken.merged.notes) fmt::print("{}\n", note);
  fmt::print(
      "{}: {} runs and {} plans were not here yet, nor were {} plugins and {} weights; `sslx "
      "report "
      "{}` prints the table\n",
      choice.file.string(), taken.merged.news.runs.size(), taken.merged.news.plans, taken.plugins,
      taken.weights, taken.sweep);
}

}  // namespace

void add_bundle(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "bundle",
      "Pack a sweep for another group: its record, journals, plugins, weights on request");
  auto options = std::make_shared<sweep::BundleOptions>();
  verb->add_option("sweep", options->sweep, "The sweep's name")->required();
  verb->add_option("file", options->file, "The bundle to write, as out.tar.zst")->required();
  verb->add_flag("--weights", options->weights,
                 "The weights of its runs, and those that they start from, too");
  verb->footer(
      "All plans under the name, their runs that have ended, the sweep files' text, the journals "
      "and\n"
      "the plugins' bytes. manifest.json, its first member, has the size and SHA-256 of all "
      "others.");
  verb->callback([options, &context] { bundle(*options, context); });

  CLI::App* taking = app.add_subcommand("unbundle", "Take in what `sslx bundle` packed");
  auto choice = std::make_shared<UnbundleChoice>();
  taking->add_option("file", choice->file, "The bundle")->required();
  taking->add_option("--most", choice->most_gib, "GiB that its members may have together")
      ->check(above_zero())
      ->capture_default_str();
  taking->footer(
      "A bundle that is not as its manifest says, that leads out of its folder or that contradicts "
      "the\n"
      "record is refused with nothing changed (exit code 2). Nothing of it is run; `sslx "
      "reproduce`\n"
      "runs its plugins, as any others that one takes from elsewhere.");
  taking->callback([choice, &context] { unbundle(*choice, context); });
}

}  // namespace sslx::cli
