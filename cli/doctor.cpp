// `sslx doctor`: looks at all that a home and an installation have, and changes nothing. One line
// each; what is wrong is said with what to do.
#include <fmt/format.h>
#include <sslx/error.h>

#include "cli/context.h"
#include "cli/output.h"
#include "cli/report_cells.h"
#include "cli/sweep_place.h"
#include "host/machine/cores.h"
#include "host/plugins/registry.h"
#include "host/record/ingest.h"
#include "host/record/journal_lines.h"
#include "host/record/runs.h"
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
  out.fine(fmt::format("trials are run by {}", find_host().string()));
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
                "move it away: `sslx sweep FILE` then takes in what the journals in runs/ hold");
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

void examine(Context& context) {
  Findings out;
  look_at_program(context, out);
  look_at_space(context, out);
  look_at_runs(context, look_at_record(context, out), out);
  fmt::print("{}\n", out.count() == 0 ? "nothing is wrong"
                                      : fmt::format("{} things are wrong", out.count()));
  context.exit_code = out.count() == 0 ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "doctor", "Look at the record, the runs, the plugins and the space, and change nothing");
  verb->footer("Exit code: 0 nothing is wrong, 1 something is.");
  verb->callback([&context] { examine(context); });
}

}  // namespace sslx::cli
