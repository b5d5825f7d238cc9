// `sslx plan`: what a sweep will take on so many devices, by what runs like its trials took.
#include <fmt/format.h>
#include <sslx/error.h>

#include <memory>

#include "cli/context.h"
#include "cli/duration.h"
#include "cli/number_check.h"
#include "cli/progress.h"
#include "cli/sweep_choice.h"
#include "cli/sweep_place.h"
#include "host/data/memory.h"
#include "host/plugins/schema_text.h"
#include "host/record/measured_runs.h"
#include "host/sweep/forecast.h"
#include "host/sweep/known_data.h"

namespace sslx::cli {
namespace {

struct PlanOptions {
  SweepChoice sweep;
  std::string devices = "1xcpu";
  int per_device = 1;
  double faster = 0;
};

std::string energy_text(const sweep::Forecast& found) {
  if (!found.joules) return "not known: not every run like these has its energy recorded";
  return fmt::format("about {:.3g} kWh", *found.joules / 3.6e6);
}

std::string about_bytes(double bytes) {
  return bytes > 0 ? "about " + data::bytes_text(bytes)
                   : "not known: no run like these is measured";
}

std::string measured_by(const sweep::ForecastPart& part) {
  if (part.runs == 0) {
    return part.source.empty() ? "no run like it" : part.source + ": the training alone";
  }
  return fmt::format("{} run{}{}", part.runs, part.runs == 1 ? "" : "s",
                     part.likewise ? "" : ", which were evaluated otherwise");
}

void print_forecast(const sweep::Forecast& found, const sweep::Devices& devices,
                    const PlanOptions& options, double database_bytes) {
  std::vector<TextRow> rows{{"VARIANT", "TRIALS", "IMAGES/S", "HOURS", "MEASURED BY"}};
  size_t missing = 0;
  for (const sweep::ForecastPart& part : found.parts) {
    const bool known = part.runs > 0 || !part.source.empty();
    missing += known ? 0 : part.trials;
    rows.push_back(
        {part.variant.empty() ? "-" : part.variant, std::to_string(part.trials),
         part.images_per_second > 0 ? fmt::format("{:.4g}", part.images_per_second) : "-",
         known ? fmt::format("{:.3g}", part.seconds / 3600) : "-", measured_by(part)});
  }
  fmt::print("{}\n", aligned(rows));
  if (found.trials == 0) return;
  rows = {
      {"trials", std::to_string(found.trials)},
      {"devices", fmt::format("{} x {}, {} trial{} at a time on each", devices.count, devices.kind,
                              options.per_device, options.per_device == 1 ? "" : "s")},
      {"device time", duration_text(found.device_seconds)},
      {"time", fmt::format("about {}", duration_text(found.seconds))},
      {"energy", energy_text(found)},
      {"disk", about_bytes(found.run_bytes)},
      {"database", about_bytes(database_bytes)}};
  if (options.faster > 0) {
    rows.push_back(
        {"assumed", fmt::format("each device is {:g} times as fast as those that the runs "
                                "were measured on",
                                options.faster)});
  }
  fmt::print("{}", aligned(rows));
  if (missing > 0) fmt::print("\n{} trials are left out, for want of a run like them\n", missing);
}

int run_plan(const PlanOptions& options, const Context& context) {
  const sweep::Devices devices = sweep::parse_devices(options.devices);
  sweep::DataToBe data(sweep::read_known_data(published_folders(context.home)));
  const sweep::Plan plan = plan_of(options.sweep, context, data);
  std::error_code error;
  const bool recorded = std::filesystem::exists(context.database(), error);
  const std::vector<record::MeasuredRun> measured =
      recorded ? record::measured_runs(*open_record(context)) : std::vector<record::MeasuredRun>();
  const std::optional<double> faster =
      options.faster > 0 ? std::optional(options.faster) : std::nullopt;
  const sweep::Forecast found =
      sweep::forecast(plan, measured, devices, options.per_device, faster,
                      sweep::read_published_rates(published_folders(context.home)));
  const auto bytes = static_cast<double>(std::filesystem::file_size(context.database(), error));
  const double a_run = measured.empty() || error ? 0 : bytes / static_cast<double>(measured.size());
  print_forecast(found, devices, options, a_run * static_cast<double>(found.trials));
  if (found.trials > 0) return 0;
  throw input_error(
      fmt::format("no run like these trials is recorded on a device called '{}'", devices.kind),
      "`sslx sweep` with --set train.epochs=1 --seeds 1 there measures them; or --faster N takes "
      "those of any device, and N times their speed");
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  CLI::App* verb = app.add_subcommand(
      "plan", "Foretells what a sweep takes on other devices: time, energy, disk, database");
  auto options = std::make_shared<PlanOptions>();
  add_sweep_choice(*verb, options->sweep);
  verb->add_option(
          "--devices", options->devices,
          "How many of which, as 64xH100 or 2xcpu: runs on devices with that name are what "
          "it is measured by")
      ->capture_default_str();
  verb->add_option("--per-device", options->per_device, "Trials at a time on each")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  verb->add_option("--faster", options->faster,
                   "Takes runs on any device, and this many times their speed, for a device that "
                   "nothing has run on yet")
      ->check(above_zero());
  verb->add_option("--seeds", options->sweep.seeds,
                   "How many seeds, or which; default: the file's");
  verb->footer(
      "A run is like a trial when method, network, views, batch and precision are the same; of "
      "such\n"
      "runs it takes the middle rate of training, and what the rest took for each image. The time\n"
      "is that of trials dealt to the devices, the longest first. Where no run is like a trial, a\n"
      "rate that a paper tells for such devices stands in (results/published/rates.toml).");
  verb->callback([options, &context] { context.exit_code = run_plan(*options, context); });
}

}  // namespace sslx::cli
