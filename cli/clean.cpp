// `sslx clean`: makes the folders of runs smaller; no report changes by it.
#include <fmt/format.h>
#include <sslx/error.h>

#include <algorithm>
#include <memory>

#include "cli/context.h"
#include "cli/report_cells.h"
#include "host/record/thinning.h"
#include "host/sweep/claims.h"
#include "host/sweep/litter.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

struct CleanOptions {
  record::Thinning thinning;
  bool dry_run = false;
};

/// Who runs may be about to read what goes.
void refuse_while_sweeps_run(const Context& context) {
  const std::vector<std::string> trials = sweep::claimed_trials(context.runs() / "claims");
  const bool any = std::ranges::any_of(
      trials, [&](const std::string& trial) { return !sweep::is_unclaimed(context.home, trial); });
  if (!any) return;
  throw input_error(fmt::format("a sweep runs in {}", context.home.string()),
                    "wait for its end, and give the same command again");
}

void clean(const CleanOptions& options, const Context& context) {
  const auto database = open_record(context);
  if (!options.dry_run) refuse_while_sweeps_run(context);
  double bytes = 0;
  size_t count = 0;
  for (const record::ThinFile& file : record::files_to_thin(*database, options.thinning)) {
    if (options.dry_run) fmt::print("{}\n", file.file.string());
    if (!options.dry_run) fs::remove(file.file);
    bytes += static_cast<double>(file.bytes);
    ++count;
  }
  fmt::print("{} files, {}, {}\n", count, shown_bytes(bytes),
             options.dry_run ? "would go" : "are removed");
}

}  // namespace

void add_clean(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "clean", "Removes checkpoints of trials that ended, and what else is asked for");
  const auto options = std::make_shared<CleanOptions>();
  verb->add_flag("--dry-run", options->dry_run, "Names the files, and removes nothing");
  verb->add_flag("--features", options->thinning.features,
                 "Also the features that were kept for probes; a later evaluation computes them");
  verb->add_flag("--weights", options->thinning.old_weights,
                 "Also weights of trials that have newer ones by the same plugins and host");
  verb->add_flag("--all-weights", options->thinning.all_weights,
                 "Also those that a later evaluation, export or bundle would take: it trains anew");
  verb->footer("Journals stay, whatever is asked for, and no report changes.");
  verb->callback([options, &context] { clean(*options, context); });
}

}  // namespace sslx::cli
