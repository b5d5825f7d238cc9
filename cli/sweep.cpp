// `sslx sweep`: runs what is missing of a sweep, records it and prints its table.
#include <fmt/format.h>
#include <signal.h>
#include <sslx/detail/digest.h>
#include <sslx/error.h>

#include <cstdio>
#include <memory>

#include "cli/colour.h"
#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/report_render.h"
#include "cli/run_sweep.h"
#include "cli/shell_line.h"
#include "cli/slurm.h"
#include "cli/staleness.h"
#include "cli/sweep_choice.h"
#include "cli/sweep_options.h"
#include "cli/sweep_outlook.h"
#include "cli/sweep_place.h"
#include "cli/training_outlook.h"

#include "host/plugins/schema_text.h"
#include "host/record/home.h"
#include "host/sweep/crew.h"
#include "host/sweep/foresight.h"
#include "host/sweep/host_server.h"
#include "host/sweep/interrupt.h"
#include "host/sweep/known_data.h"
#include "host/sweep/machines.h"
#include "host/sweep/record_link.h"
#include "host/sweep/recovery.h"
#include "host/sweep/source_state.h"
#include "host/sweep/stored_files.h"
#include "host/sweep/value_origins.h"
#include "host/sweep/watch.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kNotRecorded = 74;  // EX_IOERR
constexpr int kInterrupted = 75;  // EX_TEMPFAIL: the same command goes on

/// To standard output, which may be closed: the sweep goes on.
void display_text(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
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
                                 const sweep::SweepFile& file, const SweepOptions& options,
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
  if (!summary.failures.empty()) {
    tell(fmt::format("sslx: {} trials gave no result: the table is partial",
                     summary.failures.size()));
  }
  if (summary.interrupted) {
    tell(fmt::format("sslx: stopped; the same command goes on from there: {}",
                     command_line(context)));
    return kInterrupted;
  }
  if (summary.unstarted > 0 || summary.unrecorded > 0) return kNotRecorded;
  return summary.failures.empty() ? 0 : 1;
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

constexpr size_t kMany = 50;  // take more than a second

/// What an earlier command left is recorded before anything is planned.
void recover(const fs::path& home, sweep::RunRecord& record) {
  const size_t missing = sweep::count_unrecorded(home, record.known());
  if (missing > kMany) {
    display_text(
        fmt::format("taking {} runs in {} into the record\n", missing, (home / "runs").string()));
  }
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
                       sweep::RunRecord& record, sweep::Observer& display, bool watches) {
  const sweep::InterruptCount interrupts;
  return watches ? sweep::watch(plan, options, record, display, interrupts.count())
                 : sweep::execute(plan, options, record, display, interrupts.count());
}

/// What is kept though it is stale is marked.
void show_table(record::Database& database, const record::TableRequest& table,
                const Context& context) {
  record::Pivot pivot = record::pivot_sweep(database, table);
  if (table.installed.empty()) mark_stale(pivot, context);
  display_text("\n" + render_pivot(pivot, Format::kText, screen_of("auto")));
}

/// What a sweep is to do, before its record is opened.
struct SweepTask {
  sweep::SweepFile file;
  sweep::Plan plan;
  sweep::Stale stale;
  sweep::ExecutorOptions execution;
  bool serves;   ///< The host does (host/sweep/host_server.h).
  bool watches;  ///< Others run the trials.
};

/// Several trials are begun by a server; it is asked first what the plugins say of them. One alone
/// begins as early without, and says it itself.
void begin_serving(SweepTask& task, const std::vector<size_t>& trials) {
  if (!task.serves || task.watches || trials.size() < 2) return;
  // What was planned is kept first: a rebuild from now on changes nothing of this sweep.
  sweep::StoredFiles stored(task.execution.home);
  for (const size_t i : trials) stored.kept(task.plan.trials[i]);
  task.execution.server = sweep::HostServer::start(task.execution.host);
  if (task.execution.server == nullptr) return;
  sweep::foresee(task.plan, trials, task.execution.host, *task.execution.server);
}

int run_recorded(SweepTask& task, const SweepOptions& options, const Context& context,
                 const machine::LoadWatch& watch) {
  const sweep::Plan& plan = task.plan;
  sweep::ExecutorOptions& execution = task.execution;
  const sweep::SourceState sources = sweep::source_state(task.file.file.parent_path());
  if (!sources.note.empty()) display_text(sources.note + "\n");
  record::Database database(context.database());
  // Those who run the trials may have another host: what they end is what is waited for.
  sweep::DatabaseRecord record(database, execution.host_sha256,
                               task.watches ? sweep::Stale::kKeep : task.stale);
  execution.home_id = record::home_id(database, context.runs());
  recover(execution.home, record);
  const Outlook before = outlook(plan, options.retry, task.stale, context, execution.host_sha256);
  const std::vector<size_t> to_run = missing(plan, before);
  if (!task.watches || execution.machines.rank > 0) {
    execution.free_cores = crew(task.file.run, watch, !to_run.empty());
  }
  begin_serving(task, to_run);
  if (!options.any_memory && !task.watches) {
    const sweep::RunOptions& run = execution.run;
    check_training_memory(plan, to_run, execution.host, execution.server.get(), run.device,
                          execution.devices.empty() ? run.jobs : run.per_device);
  }
  display_text(fmt::format("{}: {}\n", plan.name, cost_text(plan, before, task.file.run.jobs)));
  execution.git = sweep::keep_source(sources, execution.home / "runs");
  const record::Registered registered = register_plan(database, plan, task.file, options, context);
  ProgressDisplay display(to_run.size(), takes_escapes());
  const int code = report_end(execute(plan, execution, record, display, task.watches), context);
  if (code == kInterrupted || code == kNotRecorded) return code;
  record::TableRequest table{plan.name, registered.plan.number};
  if (task.stale == sweep::Stale::kRerun) {
    table.installed = sweep::installed_digests(plan, execution.host_sha256);
  }
  show_table(database, table, context);
  return code;
}

/// A record, or a folder of claims and runs, that cannot be written is told, and has a code of its
/// own.
int run_task(SweepTask& task, const SweepOptions& options, const Context& context,
             const machine::LoadWatch& watch) {
  signal(SIGPIPE, SIG_IGN);  // a closed standard output ends no sweep
  try {
    return run_recorded(task, options, context, watch);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kSystem) throw;
    tell_error(error);
    return kNotRecorded;
  }
}

/// "train.lr  0.1  demo.toml:12 (base)" of each value.
void print_resolved(const sweep::SweepFile& file, const sweep::Trial& trial) {
  std::vector<TextRow> rows{{"KEY", "VALUE", "FROM"}};
  for (const auto& [path, value, origin] : sweep::value_origins(file, trial)) {
    rows.push_back({path, value, origin});
  }
  fmt::print("{}  {}\n{}", trial.identity.substr(0, 12),
             sweep::trial_label(trial.variant, trial.axes, trial.seed), aligned(rows));
}

/// The command as its tasks repeat it: without what Slurm is asked for, its file and its folders of
/// plugins by whole paths.
std::vector<std::string> task_words(const SweepOptions& options, const Context& context,
                                    const fs::path& file) {
  std::vector<std::string> out;
  for (const fs::path& folder : context.plugin_dirs) {
    out.insert(out.end(), {"--plugin-dir", fs::absolute(folder).string()});
  }
  out.insert(out.end(), {"sweep", fs::absolute(file).lexically_normal().string()});
  const auto add = [&](const char* name, const auto& value) {
    if (value) out.insert(out.end(), {name, fmt::format("{}", *value)});
  };
  const std::vector<std::string> plan = planning_words(options);
  out.insert(out.end(), plan.begin(), plan.end());
  add("--jobs", options.jobs);
  add("--threads", options.threads);
  add("--view-workers", options.view_workers);
  add("--device", options.device);
  add("--devices", options.devices);
  add("--per-device", options.per_device);
  add("--time-limit", options.time_limit);
  add("--stall-limit", options.stall_limit);
  add("--checkpoint", options.checkpoint);
  out.insert(out.end(), {"--retries", std::to_string(options.retries), "--stale", options.stale,
                         "--claim-expiry", std::to_string(options.claim_expiry)});
  return out;
}

/// The trials are planned first: what is wrong with them is told here, and not by each task.
int submit_sweep(const SweepOptions& options, const Context& context, const sweep::SweepFile& file,
                 const sweep::Plan& plan) {
  const SlurmOptions slurm = with_file(options.slurm);
  const fs::path home = fs::absolute(context.home).lexically_normal();
  const std::vector<std::string> task = task_words(options, context, file.file);
  const std::string script =
      slurm_script(slurm, plan.name, home, (installation_prefix() / "bin" / "sslx").string(), task);
  if (options.dry_run) {
    display_text(script);
    return 0;
  }
  const std::string job = submit(script, plan.name, home / "runs");
  std::vector<std::string> words{context.words.front(), "--home", home.string()};
  words.insert(words.end(), task.begin(), task.end());
  words.emplace_back("--watch");
  display_text(fmt::format(
      "{}: {} trials are submitted as job {} of {} task{}, whose output is in {}\n"
      "this shows how far they are, takes in what they end, and prints the table:\n  {}\n",
      plan.name, plan.trials.size(), job, *slurm.tasks, *slurm.tasks == 1 ? "" : "s",
      (home / "runs" / "slurm").string(), shell_line(words)));
  return 0;
}

/// The devices that are asked for, for as many trials at a time as they take; none where nobody
/// asks for some, or for another machine's.
std::vector<sweep::TrialDevice> dealt_to(sweep::RunOptions& run, const SweepOptions& options) {
  const bool of_another = options.watch || (options.dry_run && machine::gpu_count() == 0);
  if (run.devices.empty() || of_another) return {};
  const std::vector<sweep::TrialDevice> out = sweep::trial_devices(run);
  run.jobs = static_cast<int>(out.size()) * run.per_device;
  return out;
}

/// What is only looked at may be of data that are elsewhere.
std::unique_ptr<sweep::DataLookup> data_of(const SweepOptions& options, const Context& context) {
  if (!options.dry_run) return std::make_unique<sweep::DataFolder>();
  return std::make_unique<sweep::DataToBe>(sweep::read_known_data(published_folders(context.home)));
}

}  // namespace

int run_sweep(const SweepOptions& options, const Context& context) {
  const machine::LoadWatch watch;
  sweep::SweepFile file = read_sweep_options(options, context);
  if (file.run.threads > 0) machine::set_usual_threads(file.run.threads * file.run.jobs);
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  const std::unique_ptr<sweep::DataLookup> data = data_of(options, context);
  const sweep::Plan plan = sweep::make_plan(file, registry, *data, context.weights(),
                                            {.may_lack_weights = options.dry_run});
  if (options.slurm.submit) return submit_sweep(options, context, file, plan);
  for (const std::string& note : plan.notes) display_text(note + "\n");
  const std::vector<sweep::TrialDevice> devices = dealt_to(file.run, options);
  const fs::path host = options.dry_run ? find_host() : ready_host();
  sweep::ExecutorOptions execution{fs::absolute(context.home).lexically_normal(),
                                   host,
                                   sha256_file(host),
                                   file.run,
                                   options.retry,
                                   options.retries};
  execution.devices = devices;
  execution.claim_expiry = std::chrono::seconds(options.claim_expiry);
  const sweep::Stale stale = options.stale == "keep" ? sweep::Stale::kKeep : sweep::Stale::kRerun;
  if (options.machines) {
    execution.machines = sweep::machines_of_environment();
    check_machines(plan, execution.machines);
    execution.run.jobs = 1;  // at one port
  }
  const bool watches = options.watch || execution.machines.rank > 0;
  SweepTask task{file, plan, stale, execution, is_own_host(host), watches};
  if (!options.dry_run) return run_task(task, options, context, watch);
  if (options.resolved) {
    print_resolved(file, trials_named(plan, options.trial).front());
    return 0;
  }
  tell_unrecorded(context);
  const Outlook seen = outlook(plan, options.retry, stale, context, execution.host_sha256);
  print_plan(plan, seen, file.run.jobs);
  if (!options.any_memory) display_text(training_outlook(plan, missing(plan, seen), host, context));
  crew(file.run, watch, false);
  return 0;
}

void add_sweep(CLI::App& app, Context& context) {
  auto* verb = app.add_subcommand(
      "sweep", "Runs what is missing of a sweep, records it and prints its table");
  const auto options = std::make_shared<SweepOptions>();
  add_sweep_options(*verb, *options);
  verb->callback([options, &context] { context.exit_code = run_sweep(*options, context); });
}

}  // namespace sslx::cli
