// `sslx doctor`: looks at all that a home and an installation have. One line each; what is wrong is
// said with what to do. With --repair it mends what can be mended first.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/libtorch.h"
#include "cli/output.h"
#include "cli/report_cells.h"
#include "cli/sweep_place.h"
#include "host/machine/cores.h"
#include "host/plugins/registry.h"
#include "host/record/behind.h"
#include "host/record/ingest.h"
#include "host/record/journal_lines.h"
#include "host/record/rebuild.h"
#include "host/record/runs.h"
#include "host/record/take_in.h"
#include "host/sweep/litter.h"
#include "host/sweep/record_link.h"
#include "host/sweep/recovery.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;
using Known = std::map<std::string, record::KnownRun>;

/// Prints the findings, and counts what is wrong.
class Findings {
 public:
  void fine(const std::string& what) { fmt::print("ok     {}\n", what); }
  void wrong(const std::string& what, const std::string& remedy = "") {
    ++count_;
    fmt::print("WRONG  {}\n", what);
    if (!remedy.empty()) fmt::print("       {}\n", remedy);
  }
  size_t count() const { return count_; }

 private:
  size_t count_ = 0;
};

void look_at_program(const Context& context, Findings& out) {
  const machine::Cores cores = machine::allowed_cores();
  out.fine(fmt::format("{} core{} may be used{}{}", cores.count, cores.count == 1 ? "" : "s",
                       cores.bound.empty() ? "" : ": ", cores.bound));
  const fs::path host = find_host();
  out.fine(fmt::format("trials are run by {}", host.string()));
  try {
    if (const auto libtorch = find_libtorch(host)) out.fine("they run on " + described(*libtorch));
  } catch (const Error& error) {
    out.wrong(error.what(), error.hint());
  }
  const PluginRegistry registry = PluginRegistry::search(context.plugin_dirs);
  out.fine(fmt::format("{} plugins can be used", registry.plugins.size()));
  for (const RefusedPlugin& plugin : registry.refused) {
    out.wrong(fmt::format("{} is refused: {}", plugin.file.string(), plugin.reason));
  }
  for (const std::string& note : registry.notes) out.fine(note);
}

void look_at_space(const Context& context, Findings& out) {
  constexpr uintmax_t kLittle = uintmax_t{1} << 30;
  std::error_code failed;
  const fs::space_info space = fs::space(context.home, failed);
  if (failed) {
    out.wrong(fmt::format("{} cannot be looked at: {}", context.home.string(), failed.message()),
              "--home says where the record is");
    return;
  }
  const std::string free =
      fmt::format("{} are free in {}", shown_bytes(static_cast<double>(space.available)),
                  context.home.string());
  if (space.available < kLittle) {
    out.wrong(free, "a run keeps its weights there; make room");
  } else {
    out.fine(free);
  }
}

/// What the record knows; nothing when it cannot be read.
Known look_at_record(const Context& context, Findings& out) {
  if (!fs::exists(context.database())) {
    out.fine(fmt::format("there is no record {} yet", context.database().string()));
    return {};
  }
  try {
    record::Database database(context.database(), record::Access::kRead);
    const std::vector<std::string> faults = database.faults();
    for (const std::string& fault : faults) {
      out.wrong(fmt::format("{}: {}", context.database().string(), fault),
                "`sslx doctor --repair` makes it again from what lies in runs/");
    }
    Known known = record::known_runs(database);
    if (faults.empty()) {
      out.fine(
          fmt::format("{} is sound and has {} runs", context.database().string(), known.size()));
    }
    return known;
  } catch (const Error& error) {
    out.wrong(error.what(), error.hint());
    return {};
  }
}

/// Every journal, whole; those that were kept aside as damaged are named, too.
void look_at_run(const fs::path& directory, Findings& out, size_t& sound) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename().string().find(".damaged") == std::string::npos) continue;
    out.wrong(fmt::format("{} was kept aside, being damaged", entry.path().string()),
              "its trial is run again by the sweep; the file may be removed");
  }
  const std::string error = record::read_journal(directory / "journal.jsonl", {}).error;
  if (error.empty()) {
    ++sound;
  } else {
    out.wrong(error, "`sslx sweep FILE` keeps it aside and runs its trial again");
  }
}

void look_at_runs(const Context& context, const Known& known, Findings& out) {
  if (!fs::is_directory(context.runs())) return;
  size_t sound = 0;
  for (const auto& entry : fs::directory_iterator(context.runs())) {
    if (fs::exists(entry.path() / "request.json")) look_at_run(entry.path(), out, sound);
  }
  out.fine(fmt::format("{} journals in {} are whole", sound, context.runs().string()));
  const size_t unrecorded = sweep::count_unrecorded(context.home, known);
  if (unrecorded > 0) {
    out.wrong(
        fmt::format("{} runs in {} are not in the record", unrecorded, context.runs().string()),
        "the next `sslx sweep FILE` takes them in");
  }
}

void look_at_litter(const Context& context, Findings& out) {
  constexpr const char* kRemedy = "`sslx doctor --repair` removes what nobody needs";
  const sweep::Litter litter = sweep::find_litter(context.home);
  for (const std::string& trial : litter.claims) {
    out.wrong(fmt::format("a command that is gone had claimed the trial {}", trial),
              "`sslx doctor --repair`, or the next sweep, records the end of its run");
  }
  for (const fs::path& file : litter.files) {
    out.wrong(fmt::format("{} was being written when a command was killed", file.string()),
              kRemedy);
  }
  for (const fs::path& folder : litter.folders) {
    out.wrong(fmt::format("{} is the folder of a run that never began", folder.string()), kRemedy);
  }
}

/// Runs that have moved on since the record was written; those that run now are not counted.
std::vector<record::RunBehind> behind(const Context& context, record::Database& database) {
  std::vector<record::RunBehind> out = record::runs_behind(database);
  std::erase_if(out, [&](const record::RunBehind& run) {
    return !sweep::is_unclaimed(context.home, run.trial);
  });
  return out;
}

void look_at_behind(const Context& context, Findings& out) {
  if (!fs::exists(context.database())) return;
  try {
    record::Database database(context.database(), record::Access::kRead);
    for (const record::RunBehind& run : behind(context, database)) {
      out.wrong(fmt::format("the record has less of run {} than its folder", run.run),
                "`sslx doctor --repair`, or the next sweep, takes it in");
    }
  } catch (const Error&) {
    // Said already.
  }
}

void print_rebuilt(const record::Rebuilt& made) {
  fmt::print("MENDED the database is made anew from {} runs; the old file is {}\n", made.runs,
             made.backup.string());
  for (const std::string& note : made.notes) fmt::print("       {}\n", note);
}

/// Makes it again when it is damaged; one that is locked, foreign or newer is left to its owner.
void mend_file(const Context& context) {
  try {
    if (record::Database(context.database(), record::Access::kRead).faults().empty()) return;
  } catch (const record::LockedError&) {
    throw;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kInput) throw;
  }
  print_rebuilt(record::rebuild(context.database()));
}

void mend_runs(const Context& context) {
  record::Database database(context.database());
  sweep::DatabaseRecord record(database, "");
  const size_t were_behind = behind(context, database).size();
  const sweep::Recovery found =
      sweep::recover_abandoned(fs::absolute(context.home).lexically_normal(), record);
  std::vector<std::string> notes = record::take_in_events(database);
  notes.insert(notes.end(), found.notes.begin(), found.notes.end());
  for (const record::RunBehind& run : behind(context, database)) {
    record.ingest(database.runs() / run.run);
  }
  if (found.taken_in + found.ended + were_behind > 0) {
    fmt::print("MENDED {} runs are taken in, {} have an end now, {} are read to their ends\n",
               found.taken_in, found.ended, were_behind);
  }
  for (const std::string& note : notes) fmt::print("       {}\n", note);
}

void mend(const Context& context) {
  const bool is_there = fs::exists(context.database());
  if (is_there) mend_file(context);
  if (is_there || fs::exists(context.runs())) mend_runs(context);
  const sweep::Litter litter = sweep::find_litter(context.home);
  sweep::remove_litter(litter);
  const size_t count = litter.files.size() + litter.folders.size();
  if (count > 0) fmt::print("MENDED {} files and folders that nobody needs are removed\n", count);
}

void examine(Context& context, bool repair) {
  if (repair) mend(context);
  Findings out;
  look_at_program(context, out);
  look_at_space(context, out);
  look_at_runs(context, look_at_record(context, out), out);
  look_at_behind(context, out);
  look_at_litter(context, out);
  fmt::print("{}\n", out.count() == 0 ? "nothing is wrong"
                                      : fmt::format("{} things are wrong", out.count()));
  context.exit_code = out.count() == 0 ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "doctor", "Look at the record, the runs, the plugins and the space, and change nothing");
  const auto repair = std::make_shared<bool>(false);
  verb->add_flag("--repair", *repair,
                 "First mends the record (a damaged one is made again from runs/, the old file is "
                 "kept), takes in what it lacks, ends what nobody runs, and removes what killed "
                 "commands were writing");
  verb->footer("Exit code: 0 nothing is wrong, 1 something is.");
  verb->callback([repair, &context] { examine(context, *repair); });
}

}  // namespace sslx::cli
