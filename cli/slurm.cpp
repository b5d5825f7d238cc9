#include "cli/slurm.h"

#include <fmt/format.h>
#include <sslx/error.h>

#include <cstdlib>
#include <fstream>

#include "cli/shell_line.h"
#include "host/data/user_path.h"
#include "host/record/whole_file.h"
#include "host/sweep/keys.h"
#include "host/sweep/process.h"
#include "host/sweep/run_directory.h"
#include "host/sweep/toml_reader.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kWarning = 120;

/// What the file may hold.
const std::vector<ParameterSpec>& numbers_of_file() {
  static const std::vector<ParameterSpec> out{
      integer("tasks", 1, "tasks of the array, each of which runs trials one after the other")
          .between(1, 10000),
      integer("cpus", 0, "cores of a task; 0: the cluster's default").between(0, 4096),
      integer("warning", kWarning, "seconds before the time limit at which a task stops")
          .between(10, 3600)};
  return out;
}

const std::vector<sweep::Key>& texts_of_file() {
  using sweep::Holds;
  static const std::vector<sweep::Key> out{
      {"partition", Holds::kText, "", "where the job is queued"},
      {"account", Holds::kText, "", "who pays for it"},
      {"qos", Holds::kText, "", "its quality of service"},
      {"gres", Holds::kText, "", "what a task gets, as gpu:1"},
      {"time", Holds::kText, "", "a task's time limit, as 4:00:00"},
      {"memory", Holds::kText, "", "a task's, as 16G"}};
  return out;
}

fs::path settings_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const fs::path folder =
      config != nullptr && *config != '\0' ? fs::path(config) : data::user_path("~/.config");
  return folder / "sslx" / "slurm.toml";
}

/// A word behind `#SBATCH`, where no shell reads it: no line may end in it.
std::string directive(const std::string& option, const std::string& value) {
  if (value.find_first_of("\n\r") != std::string::npos) {
    throw input_error(fmt::format("{} holds the end of a line; it must be one word", option));
  }
  return value.empty() ? "" : fmt::format("#SBATCH {}={}\n", option, value);
}

}  // namespace

void add_slurm_options(CLI::App& verb, SlurmOptions& options) {
  const char* const group = "Slurm";
  CLI::Option* flag =
      verb.add_flag("--slurm", options.submit,
                    "Submits the sweep as one job array of Slurm, whose tasks share the home; with "
                    "--dry-run the script is printed. What follows may stand in "
                    "~/.config/sslx/slurm.toml too, as tasks = 8")
          ->group(group);
  const auto word = [&](const char* name, std::optional<std::string>& value, const char* meaning) {
    verb.add_option(name, value, meaning)->needs(flag)->group(group);
  };
  verb.add_option("--tasks", options.tasks, "Tasks of the array; default: 1")
      ->check(CLI::Range(1, 10000))
      ->needs(flag)
      ->group(group);
  word("--partition", options.partition, "Where it is queued");
  word("--account", options.account, "Who pays for it");
  word("--qos", options.qos, "Its quality of service");
  word("--gres", options.gres, "What a task gets, as gpu:1");
  word("--time", options.time,
       "A task's time limit, as 4:00:00; before it a checkpoint is left, and the task queues "
       "itself again");
  word("--memory", options.memory, "A task's, as 16G");
  verb.add_option("--cpus", options.cpus, "Cores of a task")
      ->check(CLI::Range(1, 4096))
      ->needs(flag)
      ->group(group);
  verb.add_option("--warning", options.warning,
                  "Seconds before the time limit at which a task stops; default: 120")
      ->check(CLI::Range(10, 3600))
      ->needs(flag)
      ->group(group);
}

SlurmOptions with_file(const SlurmOptions& options) {
  SlurmOptions out = options;
  const fs::path file = settings_file();
  std::error_code error;
  sweep::Config table;
  table.value = json::object();
  if (fs::exists(file, error)) {
    std::ifstream in(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    table = sweep::parse_toml(text, file.string());
  }
  const Parameters values =
      sweep::resolve_table(table, texts_of_file(), numbers_of_file(), "the settings of Slurm");
  const auto fill = [&](const char* name, std::optional<std::string>& value) {
    const std::string given = sweep::text_at(table, name);
    if (!value && !given.empty()) value = given;
  };
  fill("partition", out.partition);
  fill("account", out.account);
  fill("qos", out.qos);
  fill("gres", out.gres);
  fill("time", out.time);
  fill("memory", out.memory);
  if (!out.tasks) out.tasks = static_cast<int>(values.integer("tasks"));
  if (!out.warning) out.warning = static_cast<int>(values.integer("warning"));
  if (const auto cpus = static_cast<int>(values.integer("cpus")); !out.cpus && cpus > 0) {
    out.cpus = cpus;
  }
  return out;
}

std::string slurm_script(const SlurmOptions& options, const std::string& name, const fs::path& home,
                         const std::string& command, const std::vector<std::string>& words) {
  std::string out = "#!/bin/bash\n";
  out += directive("--job-name", "sslx-" + name);
  out += directive("--array", fmt::format("0-{}", *options.tasks - 1));
  out += directive("--partition", options.partition.value_or(""));
  out += directive("--account", options.account.value_or(""));
  out += directive("--qos", options.qos.value_or(""));
  out += directive("--gres", options.gres.value_or(""));
  out += directive("--time", options.time.value_or(""));
  out += directive("--mem", options.memory.value_or(""));
  out += directive("--cpus-per-task", options.cpus ? std::to_string(*options.cpus) : "");
  out += directive("--signal", fmt::format("B:USR1@{}", *options.warning));
  out += directive("--output", (home / "runs" / "slurm" / "%A_%a.log").string());
  out += "#SBATCH --requeue\n#SBATCH --open-mode=append\n";
  out += fmt::format(R"(
# A record of its own on this node, the runs of all: trials are claimed there.
home={}
own=$(mktemp -d "${{SLURM_TMPDIR:-${{TMPDIR:-/tmp}}}}/sslx-XXXXXX") || exit 1
for folder in runs weights; do
  [ ! -d "$home/$folder" ] || ln -s "$home/$folder" "$own/"
done

again=
{} --home "$own" {} &
sweep=$!
trap 'again=1; kill -TERM $sweep' USR1 # the time limit is near: a checkpoint, and once more
trap 'kill -TERM $sweep' TERM
while kill -0 $sweep 2>/dev/null; do
  wait $sweep
  code=$?
done
rm -rf "$own"
if [ -n "$again" ] && [ $code = 75 ]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
fi
exit $code
)",
                     shell_word(home.string()), shell_word(command), shell_line(words));
  return out;
}

std::string submit(const std::string& script, const std::string& name, const fs::path& runs) {
  if (sweep::output_of({"sbatch", "--version"}).empty()) {
    throw input_error("sbatch cannot be run: this machine submits nothing to Slurm",
                      "--slurm --dry-run prints the script, which may be submitted elsewhere");
  }
  const fs::path folder = runs / "slurm";
  sweep::make_folder(folder);
  const fs::path file = folder / fmt::format("{}-{}.sh", name, sweep::new_run_id());
  record::write_whole(file, script);
  const std::string job = sweep::output_of({"sbatch", "--parsable", file.string()});
  if (!job.empty()) return job.substr(0, job.find(';'));
  throw Error(ErrorKind::kSystem, fmt::format("sbatch refused {}", file.string()),
              "`sbatch` with that file says why");
}

}  // namespace sslx::cli
