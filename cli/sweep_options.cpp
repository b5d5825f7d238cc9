#include "cli/sweep_options.h"

#include "cli/number_check.h"
#include "cli/shell_line.h"
#include "cli/slurm.h"
#include "cli/sweep_place.h"
#include "host/sweep/devices.h"
#include "host/sweep/published_tables.h"

namespace sslx::cli {
namespace {

/// What is run.
void add_plan_options(CLI::App& verb, SweepOptions& options) {
  verb.add_option(
          "SWEEP", options.sweep,
          "A sweep file, NAME of NAME.toml here, or of sweeps/NAME.toml under the home or the "
          "installation; `sslx help sweep` has the keys of one")
      ->required();
  CLI::Option* dry = verb.add_flag("--dry-run", options.dry_run,
                                   "Prints the trials and the cost, and runs nothing");
  CLI::Option* resolved =
      verb.add_flag("--resolved", options.resolved,
                    "With --dry-run: one trial's whole configuration, and where each value is from")
          ->needs(dry);
  verb.add_option("--trial", options.trial,
                  "With --resolved: the first with this in its label, or whose identity begins so; "
                  "default: the first trial")
      ->needs(resolved);
  verb.add_option("--set", options.settings,
                  "key=value for every trial, as train.epochs=5; wins over the whole file; may be "
                  "given several times. Values are TOML; where the key is a text, any text")
      ->allow_extra_args(false);
  verb.add_option("--scale", options.scale, "Applies [scale.NAME] of the file; default: none");
  verb.add_option("--seeds", options.seeds,
                  "How many seeds (3 is 0, 1, 2) or which (4,7 or [4]); default: the file's");
  verb.add_option(
          "--more-seeds", options.more_seeds,
          "CLAIM=3,4: further seeds of the trials that this claim of the file is about; may "
          "be given several times. `sslx claims --decide` asks for those that would decide")
      ->allow_extra_args(false);
}

/// How each trial runs.
void add_run_options(CLI::App& verb, SweepOptions& options) {
  CLI::Option* jobs =
      verb.add_option("--jobs", options.jobs,
                      "Trials at a time, which share the cores; default: the file's, or 1")
          ->check(CLI::Range(1, 1024));
  verb.add_option("--threads", options.threads,
                  "Threads of a trial; default: the file's, or the cores that this process may use "
                  "(affinity, quota) and no other process does, divided by the jobs, at most "
                  "OMP_NUM_THREADS. Decoding has as many")
      ->check(CLI::Range(1, 4096));
  verb.add_option(
          "--view-workers", options.view_workers,
          "Threads of a trial that prepare views, beside the others; default: the file's, or 1")
      ->check(CLI::Range(0, 4096));
  CLI::Option* device =
      verb.add_option("--device", options.device,
                      "auto, cpu or cuda; default: the file's, or auto: cuda where it is there")
          ->check(CLI::IsMember(sweep::device_names()));
  verb.add_flag("--any-memory", options.any_memory,
                "Asks nothing of memory: runs trials, too, whose training would hold more than "
                "there is, which are refused else; with --dry-run foretells none");
  verb.add_option("--devices", options.devices,
                  "The GPUs that trials are dealt to: all, or as cuda:0,cuda:2. A trial sees its "
                  "own alone; a device that fails is left out, and its trials go to the others")
      ->check(CLI::Validator(
          [](std::string& text) {
            return text.empty() ? "give all, or names as cuda:0" : sweep::devices_fault(text);
          },
          ""))
      ->excludes(jobs)
      ->excludes(device);
  verb.add_option("--per-device", options.per_device,
                  "Trials at a time on each of the devices; default: the file's, or 1")
      ->check(CLI::Range(1, 1024))
      ->excludes(jobs)
      ->excludes(device);
  verb.add_option("--time-limit", options.time_limit,
                  "Seconds that a trial may take; default: the file's, or no limit")
      ->check(at_least_zero());
  verb.add_option("--stall-limit", options.stall_limit,
                  "Seconds without any sign of life (a step, a batch of an evaluation, a file that "
                  "was read) after which a trial is ended, the stacks of where it hung in its log; "
                  "default: the file's, or no limit. After 60 the progress says where it is")
      ->check(at_least_zero());
  verb.add_option("--checkpoint", options.checkpoint,
                  "Seconds from one checkpoint of a training to the next, from which a trial that "
                  "was stopped or killed goes on; 0: none. Default: the file's, or 60")
      ->check(at_least_zero());
}

/// Which trials are run once more, and who runs them.
void add_claim_options(CLI::App& verb, SweepOptions& options) {
  verb.add_flag(
      "--retry", options.retry,
      "Runs the trials that ended once more, too; without it only those are run that have "
      "no result and did not diverge (failed ones included)");
  verb.add_option("--retries", options.retries,
                  "How often a trial that crashed or was killed is tried again, one that had too "
                  "little memory once at most; what fails by itself is not")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  verb.add_option("--stale", options.stale,
                  "What becomes of trials whose results were made by a plugin or a host that has "
                  "changed since: rerun makes just those again, and the old results stay in the "
                  "history; keep counts them as done. (Other data make other trials.)")
      ->check(CLI::IsMember({"rerun", "keep"}))
      ->capture_default_str();
  verb.add_option("--claim-expiry", options.claim_expiry,
                  "Seconds without a sign of life of another command after which its trials are "
                  "taken over; a result that it still has then does not count")
      ->check(CLI::Range(3, 86400))
      ->capture_default_str();
  verb.add_flag("--watch", options.watch,
                "Starts no trial: shows how far those are that others run, takes in what they end, "
                "and prints the table when all have ended");
  verb.add_flag("--machines", options.machines,
                "The same command on each of several machines that share runs/ trains each trial "
                "together, on the processor: train.processes are divided among them. Which one "
                "this is say RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT, or a step of Slurm "
                "with a task on each; the first has the record");
}

}  // namespace

void add_sweep_options(CLI::App& verb, SweepOptions& options) {
  add_plan_options(verb, options);
  add_run_options(verb, options);
  add_claim_options(verb, options);
  add_slurm_options(verb, options.slurm);
  verb.footer(
      "Ctrl-C ends the running trials at their next step, a second one at once; the same command\n"
      "goes on from each trial's last checkpoint, with the bits of one that was never stopped;\n"
      "--retry begins anew. A trial that only evaluates otherwise what another run trained takes\n"
      "its weights over. Exit code: 0 all trials have a result or diverged, 1 some have none,\n"
      "2 the file or an option is wrong, 74 the record cannot be written (the journals are kept,\n"
      "and the next command takes them in), 75 interrupted.\n"
      "Commands may share a home. On several machines each has a --home of its own, on a local\n"
      "disk for the database, whose runs/ is a link to the folder that they share.");
}

sweep::SweepFile read_sweep_options(const SweepOptions& options, const Context& context) {
  sweep::SweepFile file =
      sweep::read_sweep_file(find_sweep_file(options.sweep, context.home), options.scale);
  for (const std::string& setting : options.settings) sweep::apply_setting(file, setting);
  if (!options.seeds.empty()) file.seeds = sweep::parse_seeds_option(options.seeds);
  for (const std::string& more : options.more_seeds) sweep::apply_more_seeds(file, more);
  sweep::RunOptions& run = file.run;
  run.jobs = options.jobs.value_or(run.jobs);
  run.threads = options.threads.value_or(run.threads);
  run.view_workers = options.view_workers.value_or(run.view_workers);
  run.device = options.device.value_or(run.device);
  run.devices = options.devices.value_or(options.device || options.jobs ? "" : run.devices);
  run.per_device = options.per_device.value_or(run.per_device);
  run.time_limit = options.time_limit.value_or(run.time_limit);
  run.stall_limit = options.stall_limit.value_or(run.stall_limit);
  run.checkpoint = options.checkpoint.value_or(run.checkpoint);
  sweep::find_published(file.table, published_folders(context.home));
  return file;
}

std::vector<std::string> planning_words(const SweepOptions& options) {
  std::vector<std::string> out;
  if (!options.scale.empty()) out.insert(out.end(), {"--scale", options.scale});
  for (const std::string& setting : options.settings) out.insert(out.end(), {"--set", setting});
  if (!options.seeds.empty()) out.insert(out.end(), {"--seeds", options.seeds});
  for (const std::string& more : options.more_seeds) out.insert(out.end(), {"--more-seeds", more});
  return out;
}

std::vector<std::string> plan_options(const SweepOptions& options) {
  std::vector<std::string> out = planning_words(options);
  for (std::string& word : out) word = shell_word(word);
  return out;
}

}  // namespace sslx::cli
