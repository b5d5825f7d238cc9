// `sslx sweep`: runs what is missing of a sweep, records it and prints its table.
#include <fmt/format.h>
#include <signal.h>
#include <sslx/digest.h>
#include <sslx/error.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <set>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/shell_line.h"
#include "cli/sweep_place.h"

#include "host/sweep/crew.h"
#include "host/sweep/interrupt.h"
#include "host/sweep/process.h"
#include "host/sweep/published_tables.h"
#include "host/sweep/record_link.h"
#include "host/sweep/recovery.h"
#include "host/sweep/toml_reader.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string sweep;
  std::string scale;
  std::vector<std::string> settings;
  std::string seeds;
  std::optional<int> jobs;
  std::optional<int> threads;
  std::optional<int> view_workers;
  std::optional<std::string> device;
  std::optional<double> time_limit;
  bool dry_run = false;
  bool retry = false;
  int retries = 2;
};

void add_options(CLI::App& verb, Options& options) {
  verb.add_option(
          "SWEEP", options.sweep,
          "A sweep file, or the NAME of sweeps/NAME.toml under the home or the installation")
      ->required();
  verb.add_flag("--dry-run", options.dry_run, "Prints the trials and the cost, and runs nothing");
  verb.add_option("--set", options.settings,
                  "key=value for every trial, as train.epochs=5; wins over the whole file; may be "
                  "given several times")
      ->allow_extra_args(false);
  verb.add_option("--scale", options.scale, "Applies [scale.NAME] of the file; default: none");
  verb.add_option("--seeds", options.seeds,
                  "How many seeds (3 is 0, 1, 2) or which (4,7 or [4]); default: the file's");
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
  verb.add_option("--device", options.device,
                  "auto, cpu or cuda; default: the file's, or auto: cuda where it is there")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}));
  verb.add_option("--time-limit", options.time_limit,
                  "Seconds that a trial may take; default: the file's, or no limit")
      ->check(CLI::NonNegativeNumber);
  verb.add_flag(
      "--retry", options.retry,
      "Runs the trials that ended once more, too; without it only those are run that have "
      "no result and did not diverge (failed ones included)");
  verb.add_option("--retries", options.retries,
                  "How often a trial that crashed or was killed is tried again; what fails in the "
                  "same way each time is not")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  verb.footer(
      "Ctrl-C ends the running trials at their next step, a second one at once; the same command\n"
      "goes on after each trial's last finished stage (training, fine-tuning, distillation); "
      "--retry\n"
      "begins anew. A trial that only evaluates otherwise what another run trained takes its "
      "weights\nover. Exit code: 0 all trials have a result or diverged, 1 some have none, 2 the "
      "file or an\noption is wrong, 130 interrupted.");
}

sweep::SweepFile read_options(const Options& options, const Context& context) {
  sweep::SweepFile file =
      sweep::read_sweep_file(find_sweep_file(options.sweep, context.home), options.scale);
  for (const std::string& setting : options.settings) sweep::apply_setting(file, setting);
  if (!options.seeds.empty()) {
    const bool list = options.seeds.find_first_of(",[") != std::string::npos;
    const bool bare = list && options.seeds.front() != '[';
    const std::string text = bare ? "[" + options.seeds + "]" : options.seeds;
    file.seeds = sweep::parse_seeds(sweep::parse_toml_value(text, "--seeds"), "--seeds");
  }
  sweep::RunOptions& run = file.run;
  run.jobs = options.jobs.value_or(run.jobs);
  run.threads = options.threads.value_or(run.threads);
  run.view_workers = options.view_workers.value_or(run.view_workers);
  run.device = options.device.value_or(run.device);
  run.time_limit = options.time_limit.value_or(run.time_limit);
  sweep::find_published(file.table, published_folders(context.home));
  return file;
}

/// What is known of each trial before anything runs.
struct Outlook {
  std::vector<bool> done;
  std::vector<bool> trained;  ///< Only the evaluation is to be done.
  size_t diverged = 0;
  std::vector<std::optional<double>> seconds;
};

Outlook outlook(const sweep::Plan& plan, const Options& options, const Context& context,
                const std::string& host_sha256) {
  Outlook out{std::vector<bool>(plan.trials.size()), std::vector<bool>(plan.trials.size()), 0,
              std::vector<std::optional<double>>(plan.trials.size())};
  if (!fs::exists(context.database())) return out;
  record::Database database(context.database(), record::Access::kRead);
  sweep::DatabaseRecord record(database, host_sha256);
  out.seconds = sweep::earlier_seconds(database, plan);
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    if (options.retry) continue;
    const std::string state = record.final_state(plan.trials[i]);
    out.done[i] = !state.empty();
    out.diverged += state == "diverged" ? 1 : 0;
    out.trained[i] = !out.done[i] && !sweep::run_to_take_up(record, plan.trials[i]).empty();
  }
  return out;
}

/// The trials without a result, each once.
std::vector<size_t> missing(const sweep::Plan& plan, const Outlook& outlook) {
  std::vector<size_t> out;
  std::set<std::string> seen;
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    if (!outlook.done[i] && seen.insert(plan.trials[i].identity).second) out.push_back(i);
  }
  return out;
}

std::string cost_text(const sweep::Plan& plan, const Outlook& outlook, int jobs) {
  const std::vector<size_t> to_run = missing(plan, outlook);
  if (to_run.empty() && outlook.diverged > 0) {
    return fmt::format("all {} trials have ended, {} of them diverged; --retry runs them again",
                       plan.trials.size(), outlook.diverged);
  }
  if (to_run.empty()) return fmt::format("all {} trials have a result", plan.trials.size());
  std::optional<int64_t> steps = 0;
  std::optional<double> seconds = 0;
  size_t trained = 0;
  for (const size_t i : to_run) {
    const std::optional<int64_t> trial_steps = plan.trials[i].steps;
    const std::optional<double> trial_seconds = outlook.seconds[i];
    if (outlook.trained[i]) {
      ++trained;
      continue;
    }
    steps = steps && trial_steps ? std::optional(*steps + *trial_steps) : std::nullopt;
    seconds = seconds && trial_seconds ? std::optional(*seconds + *trial_seconds) : std::nullopt;
  }
  const std::string reused =
      trained == 0 ? "" : fmt::format(", {} of them from weights that are trained", trained);
  if (trained == to_run.size()) {
    return fmt::format("{} of {} trials to run{}", to_run.size(), plan.trials.size(), reused);
  }
  return fmt::format(
      "{} of {} trials to run{}; training steps: {}; time: {}", to_run.size(), plan.trials.size(),
      reused, steps ? fmt::format("at most {}", *steps) : "unknown",
      seconds ? fmt::format("about {}, from earlier runs", duration_text(*seconds / jobs))
              : "unknown, for lack of earlier runs");
}

void print_plan(const sweep::Plan& plan, const Outlook& outlook, int jobs) {
  for (size_t i = 0; i < plan.trials.size(); ++i) {
    const sweep::Trial& trial = plan.trials[i];
    const char* state = outlook.done[i] ? "done " : outlook.trained[i] ? "probe" : "to do";
    fmt::print("{}  {}  {}\n", trial.identity.substr(0, 12), state,
               sweep::trial_label(trial.variant, trial.axes, trial.seed));
  }
  fmt::print("{}\n", cost_text(plan, outlook, jobs));
}

/// To standard output, which may be closed: the sweep goes on.
void display_text(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

nlohmann::json git_state(const fs::path& folder) {
  const std::string commit =
      sweep::output_of({"git", "-C", folder.string(), "rev-parse", "--verify", "HEAD"});
  const std::string changes = commit.empty()
                                  ? ""
                                  : sweep::output_of({"git", "-C", folder.string(), "status",
                                                      "--porcelain", "--untracked-files=no"});
  return {{"commit", commit}, {"dirty", !changes.empty()}};
}

/// What of the command decides what is planned, beside the file.
std::vector<std::string> plan_options(const Options& options) {
  std::vector<std::string> out;
  if (!options.scale.empty()) out.insert(out.end(), {"--scale", options.scale});
  for (const std::string& setting : options.settings) out.insert(out.end(), {"--set", setting});
  if (!options.seeds.empty()) out.insert(out.end(), {"--seeds", options.seeds});
  for (std::string& word : out) word = shell_word(word);
  return out;
}

/// A name that was another file's until now would hide that one's table.
void tell_taken_over(const sweep::Plan& plan, const record::Registered& registered) {
  if (registered.others.empty()) return;
  const record::PlanSummary& last = registered.others.front();
  if (last.place() == registered.plan.place() || last.digest == registered.plan.digest) return;
  display_text(
      fmt::format("the name '{0}' was {1}'s until now; `sslx report {0} --plan {2}` prints "
                  "its table\n",
                  plan.name, last.file, last.number));
}

record::Registered register_plan(record::Database& database, const sweep::Plan& plan,
                                 const sweep::SweepFile& file, const Options& options,
                                 const Context& context) {
  record::Registered out = sweep::register_plan(
      database, plan, {file.file, plan_options(options), command_line(context), shell_folder()});
  tell_taken_over(plan, out);
  return out;
}

int report_end(const sweep::Summary& summary, const Context& context) {
  for (const auto& [run, outcome] : summary.failures) {
    const std::string log = run.directory.empty()
                                ? outcome.message
                                : "its log is " + (run.directory / "host.log").string();
    tell(fmt::format("sslx: {} {}; {}", run.label, outcome.state, log));
  }
  if (summary.unstarted > 0) {
    tell(fmt::format("sslx: {} trials were not started, since nothing can be recorded",
                     summary.unstarted));
  }
  if (summary.interrupted) {
    tell(fmt::format("sslx: stopped; the same command goes on from there: {}",
                     command_line(context)));
    return 130;
  }
  return summary.failures.empty() && summary.unstarted == 0 ? 0 : 1;
}

/// What a dry run leaves out: the runs that a sweep takes in before it plans.
void tell_unrecorded(const Context& context) {
  std::map<std::string, record::KnownRun> known;
  if (fs::exists(context.database())) {
    record::Database database(context.database(), record::Access::kRead);
    known = record::known_runs(database);
  }
  const size_t count = sweep::count_unrecorded(context.home, known);
  if (count == 0) return;
  display_text(
      fmt::format("{} runs in {} are not in the record; without --dry-run they are taken "
                  "in first\n",
                  count, context.runs().string()));
}

/// What an earlier command left is recorded before anything is planned.
void recover(const fs::path& home, sweep::RunRecord& record) {
  const sweep::Recovery found = sweep::recover_abandoned(home, record);
  if (found.taken_in > 0) {
    display_text(fmt::format("{} runs in {} were not in the record; it has them now\n",
                             found.taken_in, (home / "runs").string()));
  }
  if (found.ended > 0) {
    display_text(fmt::format(
        "{} of an earlier command's runs had no end recorded; they have one now\n", found.ended));
  }
  constexpr size_t kShown = 5;
  for (size_t i = 0; i < found.notes.size() && i < kShown; ++i) {
    display_text(found.notes[i] + "\n");
  }
  if (found.notes.size() > kShown) {
    display_text(fmt::format("and {} more of this kind\n", found.notes.size() - kShown));
  }
}

/// The cores for the trials; what is to say of their threads is told.
int crew(const sweep::RunOptions& run, const machine::LoadWatch& watch, bool starts) {
  const machine::Cores allowed = machine::allowed_cores();
  const int free = starts && run.threads == 0 ? sweep::idle_cores(allowed, watch) : allowed.count;
  for (const std::string& note : sweep::crew_notes(run, allowed, free)) display_text(note + "\n");
  return free;
}

/// Signals are counted only while hosts run; before and after, they end the command as any other.
sweep::Summary execute(const sweep::Plan& plan, const sweep::ExecutorOptions& options,
                       sweep::RunRecord& record, sweep::Observer& display) {
  const sweep::InterruptCount interrupts;
  return sweep::execute(plan, options, record, display, interrupts.count());
}

int run_sweep(const Options& options, const Context& context) {
  const machine::LoadWatch watch;
  const sweep::SweepFile file = read_options(options, context);
  if (file.run.threads > 0) machine::set_usual_threads(file.run.threads * file.run.jobs);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  sweep::DataFolder data;
  const sweep::Plan plan = sweep::make_plan(file, registry, data, context.weights());
  for (const std::string& note : plan.notes) display_text(note + "\n");
  const fs::path host = find_host();
  sweep::ExecutorOptions execution{fs::absolute(context.home).lexically_normal(),
                                   host,
                                   sha256_file(host),
                                   file.run,
                                   options.retry,
                                   options.retries};
  execution.git = git_state(file.file.parent_path());
  if (options.dry_run) {
    tell_unrecorded(context);
    print_plan(plan, outlook(plan, options, context, execution.host_sha256), file.run.jobs);
    crew(file.run, watch, false);
    return 0;
  }
  signal(SIGPIPE, SIG_IGN);  // a closed standard output ends no sweep
  record::Database database(context.database());
  sweep::DatabaseRecord record(database, execution.host_sha256);
  recover(execution.home, record);
  const record::Registered registered = register_plan(database, plan, file, options, context);
  const Outlook before = outlook(plan, options, context, execution.host_sha256);
  display_text(fmt::format("{}: {}\n", plan.name, cost_text(plan, before, file.run.jobs)));
  execution.free_cores = crew(file.run, watch, !missing(plan, before).empty());
  ProgressDisplay display(missing(plan, before).size(), isatty(STDOUT_FILENO) == 1);
  const sweep::Summary summary = execute(plan, execution, record, display);
  const int code = report_end(summary, context);
  if (code != 130) {
    const record::TableRequest table{plan.name, registered.plan.number, "",
                                     sweep::installed_digests(plan, execution.host_sha256)};
    display_text("\n" + render_sweep(database, table, Format::kText, screen_of("auto")));
  }
  return code;
}

}  // namespace

void add_sweep(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand(
      "sweep", "Runs what is missing of a sweep, records it and prints its table");
  const auto options = std::make_shared<Options>();
  add_options(*verb, *options);
  verb->callback([options, &context] { context.exit_code = run_sweep(*options, context); });
}

}  // namespace sslx::cli
