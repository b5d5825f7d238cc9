#include "cli/bench_record.h"

#include <fmt/format.h>
#include <sslx/error.h>
#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <vector>

#include "cli/synthetic_runs.h"
#include "cli/table.h"
#include "host/record/ingest.h"
#include "host/sweep/process.h"

namespace sslx::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct RecordOptions {
  int64_t runs = 196;
  int64_t rows = 500;
  int repeats = 5;
  fs::path keep;
};

/// A home for the made-up runs, which goes with this handle unless it is to be kept.
class Home {
 public:
  explicit Home(const fs::path& keep) : folder_(keep), kept_(!keep.empty()) {
    if (kept_) {
      if (fs::exists(keep)) {
        throw input_error(
            fmt::format("--keep {} is there already; name a new folder", keep.string()));
      }
      return;
    }
    std::string pattern = (fs::temp_directory_path() / "sslx-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw Error(ErrorKind::kSystem,
                  fmt::format("{} cannot be made: {}", pattern, std::strerror(errno)));
    }
    folder_ = pattern;
  }
  Home(const Home&) = delete;
  Home& operator=(const Home&) = delete;
  ~Home() {
    std::error_code stays;
    if (!kept_) fs::remove_all(folder_, stays);
  }
  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
  bool kept_;
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Of this process.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Takes each run in as the command that ran it would, and prints the rate.
void take_in(const RecordOptions& options, const fs::path& home) {
  record::Database database(home / "results" / "sslx.db");
  double seconds = 0;
  double processor = 0;
  for (int64_t number = 0; number < options.runs; ++number) {
    const SyntheticRun run = synthetic_run(number, options.rows);
    if (number % kMatrixCells == 0) record::register_sweep(database, synthetic_sweep(run));
    const fs::path directory = write_synthetic_run(run, home / "runs");
    const auto begin = Clock::now();
    const double before = processor_seconds();
    record::ingest_run(database, directory);
    processor += processor_seconds() - before;
    seconds += seconds_since(begin);
    if (options.keep.empty()) fs::remove_all(directory);
  }
  const auto rows = static_cast<double>(options.runs * options.rows);
  fmt::print(
      "{} runs of {} metric rows taken in, one after the other: {:.0f} rows a second "
      "({:.0f} of processor time), {:.1f} runs a second, {:.1f} bytes a row in the file\n",
      options.runs, options.rows, rows / seconds, rows / processor,
      static_cast<double>(options.runs) / seconds,
      static_cast<double>(fs::file_size(database.file())) / rows);
}

/// Of each verb as it is given in a shell, start of the command included.
void time_verbs(const RecordOptions& options, const fs::path& home) {
  const SyntheticRun last = synthetic_run(options.runs - 1, options.rows);
  const std::vector<std::vector<std::string>> verbs{
      {"--help"}, {"runs"}, {"report"}, {"report", "bench_0000"}, {"show", last.id}};
  Table table{{"command", "ms", "slowest ms"}, 1, {}};
  for (const std::vector<std::string>& verb : verbs) {
    std::vector<std::string> command{"/proc/self/exe", "--home", home.string()};
    command.insert(command.end(), verb.begin(), verb.end());
    std::vector<double> times;
    for (int i = 0; i < options.repeats; ++i) {
      const auto begin = Clock::now();
      if (sweep::output_of(command).empty()) {
        throw Error(ErrorKind::kSystem, fmt::format("`sslx {}` failed", fmt::join(verb, " ")));
      }
      times.push_back(1e3 * seconds_since(begin));
    }
    std::ranges::sort(times);
    table.rows.push_back({{fmt::format("sslx {}", fmt::join(verb, " ")), ""},
                          {fmt::format("{:.0f}", times[times.size() / 2]), ""},
                          {fmt::format("{:.0f}", times.back()), ""}});
  }
  fmt::print("\n{}", draw_text(table));
}

void bench_record(const RecordOptions& options) {
  const Home home(options.keep);
  take_in(options, home.folder());
  time_verbs(options, home.folder());
}

}  // namespace

void add_bench_record(CLI::App& verb) {
  CLI::App* record = verb.add_subcommand(
      "record", "How fast runs are taken into the record, and how soon it answers");
  const auto options = std::make_shared<RecordOptions>();
  record->add_option("--runs", options->runs, "How many runs are made up, 49 a sweep")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  record->add_option("--rows", options->rows, "Rows of metrics that each run has")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000'000));
  record->add_option("--repeats", options->repeats, "How often each command is timed")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  record->add_option("--keep", options->keep, "A new folder for the runs and the record, to stay");
  record->callback([options] { bench_record(*options); });
}

}  // namespace sslx::cli
